#include "ctl/doctor/patients.h"

#include "event/ident.h"

/* An account without any login is a patient too: what it lacks is a finding. */
static bool is_bare(const struct account *account)
{
    return account->app_id.len + account->email.len + account->oauth_client_id.len == 0;
}

static err_t room(struct arena *arena, size_t accounts, struct patients *ret)
{
    *ret = (struct patients){
        .list = ARENA_ARRAY(arena, struct patient, accounts + 1),
        .logins = ARENA_ARRAY(arena, struct login, accounts + 1),
    };
    return ret->list == NULL || ret->logins == NULL ? ARENA_ERR(arena) : err_ok();
}

static err_t nobody(const struct patients *p, const char *name, struct why *why)
{
    if (p->count > 0) {
        return err_ok();
    }
    if (name == NULL) {
        why_set(why, "there is no account to look at");
    } else {
        why_set(why, "there is no account \"%s\"", name);
    }
    return ERR(NOT_FOUND);
}

static bool is_wanted(const char *name, struct slice account)
{
    return name == NULL || slice_equal(slice_of(name), account);
}

/* The next free place; its login is what `p->logins` has there. */
static struct patient *admit_patient(struct patients *p, const struct account *account)
{
    struct patient *patient = &p->list[p->count];
    *patient = (struct patient){.account = account, .login = &p->logins[p->count].zendesk};
    p->count++;
    return patient;
}

static void take_signing(const struct draft_secrets *secrets, struct patient_store *s)
{
    for (size_t i = 0; i < secrets->count; i++) {
        if (secrets->secret[i].text.len > 0) {
            s->signing[s->signing_count++] = secrets->secret[i].text;
        }
    }
}

static err_t stores_of_file(struct arena *arena, const struct config_file *file,
                            const struct draft_account *draft, struct patient *patient)
{
    patient->stores = ARENA_ARRAY(arena, struct patient_store, file->store_count + 1);
    if (patient->stores == NULL) {
        return ARENA_ERR(arena);
    }
    for (size_t i = 0; i < file->store_count; i++) {
        const struct draft_store *d = &file->stores[i];
        if (!slice_equal(d->store.account, draft->account.name)) {
            continue;
        }
        struct patient_store *s = &patient->stores[patient->store_count++];
        *s = (struct patient_store){.store = &d->store};
        take_signing(d->signing_secrets.count > 0 ? &d->signing_secrets : &draft->signing_secrets,
                     s);
    }
    return err_ok();
}

err_t patients_of_file(struct arena *arena, const struct config_file *file, const char *name,
                       struct why *why, struct patients *ret)
{
    TRY(room(arena, file->account_count, ret));
    for (size_t i = 0; i < file->account_count; i++) {
        const struct draft_account *draft = &file->accounts[i];
        if (!is_wanted(name, draft->account.name)) {
            continue;
        }
        err_t e = login_from_draft(draft, arena, why, &ret->logins[ret->count]);
        if (err_failed(e) && !is_bare(&draft->account)) {
            return e;
        }
        struct patient *patient = admit_patient(ret, &draft->account);
        patient->webhook_secrets.count = draft->webhook_secrets.count;
        for (size_t j = 0; j < draft->webhook_secrets.count; j++) {
            ident_secret_hash(draft->webhook_secrets.secret[j].text,
                              patient->webhook_secrets.hash[j].bytes);
        }
        TRY(stores_of_file(arena, file, draft, patient));
    }
    return nobody(ret, name, why);
}

static err_t stores_of_log(struct arena *arena, const struct config_set *set,
                           struct patient *patient)
{
    size_t count = config_store_count(set);
    patient->stores = ARENA_ARRAY(arena, struct patient_store, count + 1);
    if (patient->stores == NULL) {
        return ARENA_ERR(arena);
    }
    for (size_t i = 0; i < count; i++) {
        const struct store *store = config_store_at(set, i);
        if (slice_equal(store->account, patient->account->name)) {
            patient->stores[patient->store_count++] = (struct patient_store){.store = store};
        }
    }
    return err_ok();
}

err_t patients_of_log(struct arena *arena, const struct config_set *set, const struct seal_key *key,
                      const char *name, struct why *why, struct patients *ret)
{
    size_t count = config_account_count(set);
    TRY(room(arena, count, ret));
    for (size_t i = 0; i < count; i++) {
        const struct account *account = config_account_at(set, i);
        if (!is_wanted(name, account->name)) {
            continue;
        }
        err_t e = login_from_published(account, key, arena, why, &ret->logins[ret->count]);
        if (err_failed(e) && !is_bare(account)) {
            return e;
        }
        struct patient *patient = admit_patient(ret, account);
        patient->webhook_secrets = account->webhook_secrets;
        TRY(stores_of_log(arena, set, patient));
    }
    return nobody(ret, name, why);
}

void patients_deinit(struct patients *p)
{
    for (size_t i = 0; i < p->count; i++) {
        login_deinit(&p->logins[i]);
    }
    *p = (struct patients){NULL, NULL, 0};
}
