#include "egress/core/token.h"

#include "base/limits.h"
#include "json/json_write.h"

err_t token_request(struct slice client_id, struct slice client_secret, struct buf *out)
{
    struct json_write w;
    json_write_init(&w, out);
    json_object(&w);
    json_put_text(&w, "grant_type", "client_credentials");
    json_put_slice(&w, "client_id", client_id);
    json_put_slice(&w, "client_secret", client_secret);
    json_put_text(&w, "scope", "read write");
    json_end(&w);
    return json_write_done(&w);
}

err_t token_read(const struct json *root, struct token *ret_token)
{
    struct token token = {.access = json_string(json_member(root, SLICE("access_token")))};
    if (slice_empty(token.access)) {
        return ERR(MISSING);
    }
    if (token.access.len > LIMIT_SECRET_BYTES_MAX) {
        return ERR(RANGE);
    }
    for (size_t i = 0; i < token.access.len; i++) {
        unsigned char c = (unsigned char)token.access.ptr[i];
        if (c <= ' ' || c >= 0x7F) {
            return ERR(SYNTAX);
        }
    }
    int64_t life = json_i64(json_member(root, SLICE("expires_in")), TOKEN_LIFE_S);
    life = life <= 0 ? TOKEN_LIFE_S : life;
    token.life = span_s(life > TOKEN_LIFE_S_MAX ? TOKEN_LIFE_S_MAX : life);
    *ret_token = token;
    return err_ok();
}

mono_ms_t token_renew_at(mono_ms_t got, span_ms_t life)
{
    return mono_add(got, span_ms(life.ms / 10 * 8));
}

mono_ms_t token_ends_at(mono_ms_t got, span_ms_t life)
{
    return mono_add(got, span_ms(life.ms - life.ms / 50));
}
