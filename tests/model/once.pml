/* once — the once-only protocol of egress, small enough to look at every order of events.
 *
 * Two commands of one conversation wait in the log. Three owners hold the partition one after the other; each may crash
 * anywhere, or be expelled and go on without knowing (a stall is nothing else than not being scheduled). Requests to
 * Zendesk and their answers get lost or arrive late, so do offset commits, and a commit that arrives after its owner was
 * expelled is taken by an empty group. What goes wrong is counted, so every run ends, and at its end somebody must have
 * finished everything.
 *
 * What must hold, with every guard: no effect twice (doubled), not the second command before the first (disordered), no
 * offset past a command without an outcome (skipped), no outcome that says "applied" of what was not (lied), and no end
 * with something left to do (wedged). Time is one thing only: when an owner has settled, what older owners sent has
 * arrived or is lost (`in_time`), and they have noticed that they are expelled.
 *
 * Read it from section 9, an owner's steps; each step is one instant, and anything may come between two. */

/* ---- 1. Switches: a word of bits, from the environment (OFF) or from -DOFF=…. A set bit leaves a
 * guard out, or (from `twice` on) adds something to the world. tests/model/run reads the numbers here. */

#define horizon_record 0  /* the horizon stands in events before it is committed */
#define horizon_commit 1  /* nothing is sent before its horizon's commit was accepted */
#define horizon_fetched 2 /* the horizon stays within what was fetched */
#define attribution 3     /* an acceptance counts only for the membership that asked */
#define membership 4      /* no membership, or a stall: nothing more is begun */
#define leave 5           /* unknown answer to a commit: leave, start over (off: taken for yes) */
#define one_commit 6      /* one commit outstanding (off: two, in any order) */
#define events_mark 7     /* `ev` stays behind what the last accepted commit has proven to be ours */
#define outcome_first 8   /* an offset passes only commands with an acknowledged outcome */
#define incarnation 9     /* outcomes of an older incarnation after a TAKEOVER do not count */
#define raise 10          /* an incarnation met while reading, not below ours, raises ours */
#define lane_rule 11      /* after a command that was not applied: a new commit first */
#define recommit 12       /* after "absent": a new commit first */
#define look_up 13        /* in doubt: look before sending */
#define settle 14         /* "absent" counts only after the settling */
#define end_settle 15     /* a command that may be under way ends only after the settling */
#define look_first 16     /* a command written again is in doubt from the start */
#define safe_update 17    /* a comment is sent with the stamp read before */
#define aged_stamp 18     /* that stamp's second is over */
#define stamp_first 19    /* that stamp is read before the look-up */
#define key 20            /* a ticket is created with an idempotency key */
#define key_age 21        /* an old key is not trusted */
#define no_resend 22      /* the HTTP library does not send again by itself */
#define in_time 23        /* ASSUMPTION: Zendesk finishes a request within the settling */
#define no_gap 24         /* ASSUMPTION: no stall between the last check and the request */
#define commit_first 25   /* the incarnation is committed before TAKEOVER is written */
#define proven_offset 30  /* an offset passes only outcomes that an accepted commit was asked after */
#define own_record 31     /* an inherited horizon, too, is recorded by the new owner before it sends below it */
#define twice 26          /* the second command is the first one, written again */
#define old_ticket 27     /* 90 minutes may pass, keys may be forgotten */
#define drains 28         /* an owner may stop in good order */
#define stale_reads 29    /* a look-up may miss what is younger than the settling */

#define ON(guard) ((off & (1 << guard)) == 0)
#define IN(scene) ((off & (1 << scene)) != 0)

c_decl {
\#include <stdlib.h>
static int from_environment(const char *name, int otherwise)
{
    const char *text = getenv(name);
    return text == NULL ? otherwise : (int)strtoll(text, NULL, 10);
}
};

int off;

/* ---- 2. Bounds. What may go wrong is counted, so every run ends. */

#define N 2         /* commands, all of one lane */
#define OWNERS 3    /* memberships of the group, one after the other */
#define LAST 2      /* the last one lives */
#define NOBODY 3
#define RECORDS 20

byte faults; /* requests or answers lost, late */
byte ends;   /* commands given up or refused */
byte edits;  /* of the ticket, by an agent */
byte stalls; /* owners that go on after they were expelled */

/* ---- 3. What Kafka keeps. */

#define R_TAKEOVER 0
#define R_HORIZON 1
#define R_OUTCOME 2
#define R_NOTHING 3
#define RECORD(kind, inc, value) (((kind) << 6) | ((inc) << 3) | (value))
#define KIND_OF(r) ((r) >> 6)
#define INC_OF(r) (((r) >> 3) & 7)
#define VALUE_OF(r) ((r) & 3)
#define CLOSES(r) ((r) & 4) /* a horizon that may be lower than its writer's last one */

byte events[RECORDS]; /* from the oldest one that somebody may still read */
byte end;             /* of events */
byte newest;          /* the incarnation of the newest TAKEOVER */
byte written = 1;     /* commands in the log */
bit spoken[N];        /* an outcome was written, whoever counts it */

typedef marks {
    byte to; /* the offset: commands below it are passed */
    byte hor, ev, inc
};
marks committed;

byte member = NOBODY; /* of the group: who holds the partition */
byte turn;            /* who joins next */

/* ---- 4. Offset commits on their way: two places for each owner, the second one only without the guard `one_commit`. */

#define C_FREE 0
#define C_ASKED 1
#define C_ACCEPTED 2
#define C_REFUSED 3
typedef commit_t {
    byte state;
    byte to, hor, ev, inc;
    byte acked; /* what was acknowledged in events when it was asked */
    bit pays    /* it was asked after what demands a new commit */
};
commit_t commits[6];
#define OTHER(me) (me + 3)
#define OWNER_OF(k) (k % 3)

/* ---- 5. Zendesk, and requests on their way: the one that the owner waits for, and one that it has stopped waiting for. */

#define MESSAGE 0
#define COMMENT 1
#define TICKET 2
byte kinds; /* of the two commands: 4 * first + second */
#define KIND(c) ((c == 0 -> kinds / 4 : kinds % 4))
#define EFFECT(c) ((IN(twice) -> 0 : c))

typedef request { byte command /* + 1 */, stamp };
request out[OWNERS];
request late[OWNERS];

bit applied[N];
bit known[N];      /* the key of a ticket */
byte stamp_now;    /* of the ticket that the comments go to */
bit second_lasts;  /* an update now may keep the stamp */
bit aged;

/* ---- 6. Owners. */

#define P_OUT 0
#define P_MARK 1  /* reads the committed offset, writes TAKEOVER, reads events and commands */
#define P_FIRST 2 /* waits for its first commit */
#define P_RUN 3
#define P_DRAIN 4
#define P_GONE 5

#define S_FRESH 0
#define S_STAMPED 1 /* fresh, stamp read */
#define S_DOUBT 2
#define S_HALF 3    /* in doubt; of stamp and look-up the first is done */
#define S_ABSENT 4
#define S_ABOUT 5   /* checked, not yet sent: only without `no_gap` */
#define S_SENT 6
#define S_APPLIED 7 /* its outcome is to be written */
#define S_ENDED 8   /* the same */

typedef owner_t {
    byte phase, inc;
    byte from;            /* where outcomes count from, as committed */
    byte writer;          /* who committed that */
    byte inherited;       /* horizon */
    byte recorded;        /* horizon */
    byte accepted;        /* horizon */
    byte fetched;         /* commands */
    byte finished;        /* a bit for each command */
    byte where[N];        /* the outcomes of finished ones */
    byte acked;           /* how far events is known to hold what we wrote */
    byte proven;          /* the same when the last accepted commit was asked */
    byte passed;          /* the offset of the last accepted commit */
    byte current, state;  /* the command whose turn it is */
    byte stamp;
    bit owes;             /* a new commit before the next request */
    bit waited;           /* settled since the takeover */
    bit tried;            /* a request of ours in doubt, not settled since */
    bit started;          /* drains only: the current one was sent by us */
    bit again;            /* TAKEOVER has to be written again */
    bit lost;             /* knows that it is no member */
    bit closed            /* a settling time has passed since its successor took over */
};
owner_t o[OWNERS];
#define O o[me]

bit doubled, disordered, skipped, wedged, lied; /* the verdicts */

hidden byte x, y, z, r;
hidden byte writer, last, highest; /* of horizons */
#define MAX(a, b) (a > b -> a : b)

#define LIVE(me) (!ON(membership) || (!o[me].lost && !o[me].closed))
#define SETTLED(me) (o[me].waited && !o[me].tried)
#define HAS_COMMAND(me) (o[me].phase == P_RUN && o[me].current < o[me].fetched)
#define BY_KEY(me) (KIND(o[me].current) == TICKET && (!ON(key_age) || !aged))
#define IS_FINISHED(me, c) ((o[me].finished & (1 << c)) && (!ON(proven_offset) || o[me].where[c] < o[me].proven))
#define REACH(me) (!ON(outcome_first) && o[me].state >= S_APPLIED -> o[me].current + 1 : \
    (o[me].passed > 1 || (o[me].passed == 1 || IS_FINISHED(me, 0)) && IS_FINISHED(me, 1) -> 2 : \
        (o[me].passed == 1 || IS_FINISHED(me, 0) -> 1 : 0)))
#define IS_OWING(me) (o[me].owes && !commits[me].pays && !commits[OTHER(me)].pays)

/* ---- 7. Events: what is appended, what a new owner makes of it, what nobody can read any more. */

inline append(it) {
    assert(end < RECORDS);
    events[end] = it;
    end++;
    O.acked = end
}

/* No reader counts an outcome older than the newest TAKEOVER before it, so it need not stand there. */
inline append_outcome() {
    spoken[O.current] = 1;
    O.finished = O.finished | (1 << O.current);
    if
    :: O.inc >= newest || !ON(incarnation) -> append(RECORD(R_OUTCOME, 0, O.current))
    :: else -> append(RECORD(R_NOTHING, 0, 0))
    fi;
    O.where[O.current] = O.acked - 1
}

inline read_events(upto) {
    d_step {
        y = 0; writer = O.writer; last = O.inherited; highest = 0;
        O.finished = 0; O.where[0] = 0; O.where[1] = 0;
        x = O.from;
        do
        :: x < upto ->
            r = events[x];
            if
            :: KIND_OF(r) == R_OUTCOME && (O.finished & (1 << VALUE_OF(r))) == 0 ->
                O.finished = O.finished | (1 << VALUE_OF(r));
                O.where[VALUE_OF(r)] = x
            :: KIND_OF(r) == R_HORIZON ->
                if
                :: INC_OF(r) < writer -> highest = MAX(highest, VALUE_OF(r))
                :: else ->
                    if :: INC_OF(r) > writer -> highest = MAX(highest, last); writer = INC_OF(r); last = 0 :: else fi;
                    last = (CLOSES(r) -> VALUE_OF(r) : MAX(last, VALUE_OF(r)))
                fi;
                y = (INC_OF(r) > y -> INC_OF(r) : y)
            :: KIND_OF(r) == R_TAKEOVER -> y = (INC_OF(r) > y -> INC_OF(r) : y)
            :: else
            fi;
            x++
        :: else -> break
        od;
        O.again = ON(raise) && y >= O.inc;
        if
        :: O.again -> O.inc = y + 1
        :: else -> O.inherited = MAX(highest, last)
        fi
    }
}

#define OLDEST(it) y = (it < y -> it : y)
#define OLDEST_COMMIT(k) if :: commits[k].state == C_ASKED || commits[k].state == C_ACCEPTED -> OLDEST(commits[k].ev) :: else fi
#define OLDEST_OWNER(i) if :: o[i].phase != P_OUT && o[i].phase != P_GONE -> OLDEST(o[i].from) :: else fi
#define MOVED(it) it = (it > y -> it - y : 0)
#define MOVED_COMMIT(k) MOVED(commits[k].ev); MOVED(commits[k].acked)
#define MOVED_OWNER(i) MOVED(o[i].from); MOVED(o[i].where[0]); MOVED(o[i].where[1]); MOVED(o[i].acked); MOVED(o[i].proven)

inline forget() {
    d_step {
        y = committed.ev;
        OLDEST_COMMIT(0); OLDEST_COMMIT(1); OLDEST_COMMIT(2); OLDEST_COMMIT(3); OLDEST_COMMIT(4); OLDEST_COMMIT(5);
        OLDEST_OWNER(0); OLDEST_OWNER(1); OLDEST_OWNER(2);
        if
        :: y > 0 ->
            for (x : 0 .. (end - 1)) { events[x] = (x + y < end -> events[(x + y) % RECORDS] : 0) }
            end = end - y;
            MOVED(committed.ev);
            MOVED_OWNER(0); MOVED_OWNER(1); MOVED_OWNER(2);
            MOVED_COMMIT(0); MOVED_COMMIT(1); MOVED_COMMIT(2); MOVED_COMMIT(3); MOVED_COMMIT(4); MOVED_COMMIT(5)
        :: else
        fi
    }
}

/* ---- 8. Commits: asked, accepted, owed. */

inline ask(k, passes) {
    d_step {
        commits[k].state = C_ASKED;
        commits[k].to = passes; commits[k].hor = (O.phase == P_DRAIN -> O.recorded : MAX(O.recorded, O.inherited)); commits[k].inc = O.inc;
        commits[k].acked = O.acked; commits[k].pays = O.owes;
        y = (ON(events_mark) -> O.proven : O.acked);
        if :: (O.finished & 1) && passes <= 0 -> OLDEST(O.where[0]) :: else fi;
        if :: (O.finished & 2) && passes <= 1 -> OLDEST(O.where[1]) :: else fi;
        commits[k].ev = y
    }
    printf("owner %d asks: to=%d hor=%d ev=%d inc=%d\n", me, commits[k].to, commits[k].hor, commits[k].ev, commits[k].inc)
}

inline clear(k) {
    commits[k].state = C_FREE;
    commits[k].to = 0; commits[k].hor = 0; commits[k].ev = 0; commits[k].inc = 0; commits[k].acked = 0; commits[k].pays = 0
}

inline is_accepted(k) {
    d_step {
        printf("owner %d: accepted\n", me);
        O.accepted = (commits[k].hor > O.accepted -> commits[k].hor : O.accepted);
        O.passed = (commits[k].to > O.passed -> commits[k].to : O.passed);
        O.proven = (commits[k].acked > O.proven -> commits[k].acked : O.proven);
        O.from = (commits[k].ev > O.from -> commits[k].ev : O.from);
        O.owes = O.owes && !commits[k].pays;
        if :: O.passed > 0 -> O.where[0] = 0 :: else fi;
        if :: O.passed > 1 -> O.where[1] = 0 :: else fi;
        clear(k)
    }
    forget()
}

inline owe() {
    O.owes = 1; commits[me].pays = 0; commits[OTHER(me)].pays = 0
}

/* ---- 9. An owner's steps. */

/* Leaves the group, or is dead; what it has sent stays on its way. */
inline is_gone() {
    d_step {
        member = (member == me -> NOBODY : member);
        O.inc = 0; O.from = 0; O.writer = 0; O.inherited = 0; O.recorded = 0; O.accepted = 0; O.fetched = 0; O.finished = 0;
        O.where[0] = 0; O.where[1] = 0; O.acked = 0; O.proven = 0; O.passed = 0; O.current = 0; O.state = 0; O.stamp = 0;
        O.owes = 0; O.waited = 0; O.tried = 0; O.started = 0; O.again = 0;
        O.phase = P_GONE; O.lost = 1; O.closed = 1;
        if :: commits[me].state != C_ASKED -> clear(me) :: else fi;
        if :: commits[OTHER(me)].state != C_ASKED -> clear((OTHER(me))) :: else fi;
        printf("owner %d is gone\n", me)
    }
}

inline next_command() {
    d_step {
        O.current = (O.passed > O.current -> O.passed : O.current);
        do
        :: O.current < N && (O.finished & (1 << O.current)) -> O.current++
        :: else -> break
        od;
        O.stamp = 0; O.tried = 0; O.started = 0;
        if
        :: O.current < N && (O.current < O.inherited || (IN(twice) && O.current == 1 && ON(look_first))) ->
            O.state = S_DOUBT
        :: else -> O.state = S_FRESH
        fi
    }
}

#define UNPROVEN(me) (ON(proven_offset) && (o[me].passed < o[me].current) && REACH(me) < o[me].current && (o[me].current < N || o[me].acked > o[me].proven))

inline first_accepted() {
    if
    :: ON(commit_first) -> O.phase = P_MARK
    :: else -> O.phase = P_RUN; O.accepted = O.inherited
    fi
}

inline read_stamp() {
    second_lasts = second_lasts && !ON(aged_stamp);
    O.stamp = stamp_now;
    printf("owner %d reads stamp %d\n", me, stamp_now)
}

inline counts_as_absent() {
    O.state = S_ABSENT;
    if :: ON(recommit) -> owe() :: else fi;
    printf("owner %d: %d counts as absent\n", me, O.current)
}

inline send() {
    out[me].command = O.current + 1; out[me].stamp = O.stamp;
    O.stamp = 0; O.state = S_SENT; O.started = 1;
    printf("owner %d sends %d\n", me, O.current)
}

#define ON_ITS_WAY(i) (out[i].command != 0 || late[i].command != 0)
#define QUIET(me) (!ON_ITS_WAY(me) && (me < 1 || !ON_ITS_WAY(0)) && (me < 2 || !ON_ITS_WAY(1)))

proctype owner(byte me) {
end_owner:
    do
    /* Given the partition. */
    :: atomic { O.phase == P_OUT && turn == me && member == NOBODY ->
        member = me; turn++;
        O.writer = committed.inc; O.inc = committed.inc + 1; O.from = committed.ev; O.proven = committed.ev; O.inherited = committed.hor; O.passed = committed.to;
        if :: ON(commit_first) -> O.phase = P_FIRST; ask(me, O.passed) :: else -> O.phase = P_MARK fi;
        printf("owner %d is given the partition: to=%d hor=%d ev=%d inc=%d\n", me, committed.to, committed.hor, committed.ev, committed.inc) }
    :: atomic { O.phase == P_MARK && (!O.again || LIVE(me)) ->
        append(RECORD(R_TAKEOVER, O.inc, 0));
        newest = (O.inc > newest -> O.inc : newest);
        printf("owner %d: TAKEOVER %d at %d\n", me, O.inc, end - 1);
        read_events(end - 1);
        if
        :: O.again ->
            if :: ON(commit_first) -> O.phase = P_FIRST; ask(me, O.passed) :: else fi
        :: !O.again ->
            if :: written < N -> written++ :: true fi;
            O.fetched = written; O.recorded = (ON(own_record) -> 0 : O.inherited);
            next_command();
            printf("owner %d has read: horizon %d, next %d\n", me, O.inherited, O.current);
            if
            :: ON(commit_first) -> O.phase = P_RUN; O.accepted = O.inherited
            :: else -> O.phase = P_FIRST; ask(me, O.passed)
            fi
        fi }

    /* Not a member any more: a crash, or a stall that ends or does not. */
    :: atomic { member == me && me < LAST ->
        if
        :: true -> is_gone(); break
        :: stalls > 0 -> stalls--; member = NOBODY; printf("owner %d is expelled\n", me)
        fi }
    :: atomic { O.phase != P_OUT && member != me && !O.lost ->
        O.lost = 1;
        if
        :: true -> is_gone(); break
        :: !ON(membership) || !ON(attribution) || O.state == S_APPLIED || O.state == S_ENDED || O.state == S_ABOUT ->
            printf("owner %d knows that it was expelled\n", me)
        fi }

    /* Commits. */
    :: atomic { commits[me].state == C_ACCEPTED || commits[OTHER(me)].state == C_ACCEPTED ->
        if
        :: ON(attribution) && (O.lost || O.closed) -> is_gone(); break
        :: else ->
            if
            :: commits[me].state == C_ACCEPTED -> is_accepted(me)
            :: commits[OTHER(me)].state == C_ACCEPTED -> is_accepted((OTHER(me)))
            fi;
            if
            :: O.phase == P_FIRST -> first_accepted()
            :: O.phase == P_DRAIN -> is_gone(); break
            :: else
            fi
        fi }
    :: atomic { me < LAST && commits[me].state != C_FREE && O.phase != P_GONE ->
        printf("owner %d: its commit is not answered\n", me);
        if
        :: ON(leave) || O.phase == P_DRAIN -> is_gone(); break
        :: else ->
            is_accepted(me);
            if :: O.phase == P_FIRST -> first_accepted() :: else fi
        fi }
    :: atomic { O.phase == P_RUN && LIVE(me) && commits[me].state == C_FREE &&
                (O.recorded > O.accepted || IS_OWING(me) || REACH(me) > O.passed || UNPROVEN(me)) ->
        if
        :: REACH(me) > O.passed -> z = REACH(me); ask(me, z)
        :: O.recorded > O.accepted || IS_OWING(me) || UNPROVEN(me) -> ask(me, O.passed) /* another lane holds the offset */
        fi }
    :: atomic { !ON(one_commit) && O.phase == P_RUN && LIVE(me) && commits[me].state != C_FREE &&
                commits[OTHER(me)].state == C_FREE &&
                (O.recorded > commits[me].hor || IS_OWING(me) || REACH(me) > commits[me].to) ->
        z = REACH(me); ask((OTHER(me)), z) }

    /* The horizon. */
    :: atomic { O.phase == P_RUN && LIVE(me) && O.fetched < N && O.current == O.fetched ->
        O.fetched++;
        written = (written < O.fetched -> O.fetched : written) }
    :: atomic { HAS_COMMAND(me) && LIVE(me) && O.current >= O.recorded &&
                (commits[me].state == C_FREE || !ON(one_commit)) ->
        O.recorded = (ON(horizon_fetched) -> MAX(O.fetched, O.inherited) : N);
        if
        :: ON(horizon_record) ->
            append(RECORD(R_HORIZON, O.inc, O.recorded));
            printf("owner %d: HORIZON %d at %d\n", me, O.recorded, end - 1)
        :: else
        fi }

    /* A command in doubt. */
    :: atomic { HAS_COMMAND(me) && LIVE(me) && (O.state == S_DOUBT || O.state == S_ABSENT) && !SETTLED(me) &&
                (!BY_KEY(me) || ends > 0) && (ON(settle) || ON(end_settle)) && (QUIET(me) || !ON(in_time)) ->
        O.waited = 1; O.tried = 0;
        if :: me >= 1 -> o[0].closed = 1 :: else fi;
        if :: me >= 2 -> o[1].closed = 1 :: else fi;
        printf("owner %d has settled\n", me) }
    :: atomic { HAS_COMMAND(me) && LIVE(me) && O.state == S_DOUBT && BY_KEY(me) -> O.state = S_ABSENT }
    :: atomic { HAS_COMMAND(me) && LIVE(me) && (O.state == S_DOUBT || O.state == S_HALF) && !BY_KEY(me) &&
                ON(look_up) && applied[EFFECT(O.current)] ->
        O.state = S_APPLIED; O.stamp = 0;
        printf("owner %d finds %d\n", me, O.current) }
    :: atomic { HAS_COMMAND(me) && LIVE(me) && KIND(O.current) == COMMENT && (SETTLED(me) || !ON(settle)) &&
                O.state == (ON(stamp_first) -> S_DOUBT : S_HALF) ->
        read_stamp();
        if :: ON(stamp_first) -> O.state = S_HALF :: else -> counts_as_absent() fi }
    :: atomic { HAS_COMMAND(me) && LIVE(me) && !BY_KEY(me) && (SETTLED(me) || !ON(settle)) &&
                O.state == (KIND(O.current) == COMMENT && ON(stamp_first) -> S_HALF : S_DOUBT) &&
                (!applied[EFFECT(O.current)] || !ON(look_up) || (IN(stale_reads) && !SETTLED(me))) ->
        if
        :: KIND(O.current) == COMMENT && !ON(stamp_first) -> O.state = S_HALF
        :: else -> counts_as_absent()
        fi }

    /* The request. */
    :: atomic { HAS_COMMAND(me) && LIVE(me) && O.state == S_FRESH && KIND(O.current) == COMMENT ->
        read_stamp(); O.state = S_STAMPED }
    :: atomic { HAS_COMMAND(me) && LIVE(me) && !O.owes && out[me].command == 0 &&
                ((O.state == S_FRESH && KIND(O.current) != COMMENT) || O.state == S_STAMPED || O.state == S_ABSENT) &&
                O.current < O.recorded && (O.current < O.accepted || !ON(horizon_commit)) ->
        if :: ON(no_gap) -> send() :: else -> O.state = S_ABOUT fi }
    :: atomic { O.phase == P_RUN && O.state == S_ABOUT && out[me].command == 0 -> send() }
    :: atomic { O.phase == P_RUN && O.state == S_SENT && faults > 0 && late[me].command == 0 -> /* its deadline */
        faults--;
        late[me].command = out[me].command; late[me].stamp = out[me].stamp;
        out[me].command = 0; out[me].stamp = 0;
        O.state = S_DOUBT; O.tried = 1;
        printf("owner %d waits no longer for %d\n", me, O.current) }

    /* The end of a command. */
    :: atomic { HAS_COMMAND(me) && LIVE(me) && ends > 0 &&
                (O.state == S_FRESH || O.state == S_STAMPED ||
                 ((O.state == S_DOUBT || O.state == S_ABSENT) && (SETTLED(me) || !ON(end_settle)))) ->
        ends--; O.state = S_ENDED; O.stamp = 0;
        printf("owner %d gives up %d\n", me, O.current) }
    :: atomic { O.phase == P_RUN && O.state >= S_APPLIED ->
        lied = lied || (O.state == S_APPLIED && !applied[EFFECT(O.current)]);
        assert(!lied);
        append_outcome();
        printf("owner %d: outcome of %d, end of events %d\n", me, O.current, end);
        if
        :: O.lost && ON(membership) && ON(attribution) -> is_gone(); break
        :: else ->
            O.owes = 0;
            if :: O.state == S_ENDED && ON(lane_rule) -> owe() :: else fi;
            next_command()
        fi }

    /* A stop in good order: nothing is under way, every outcome is acknowledged. */
    :: atomic { IN(drains) && me < LAST && O.phase == P_RUN && LIVE(me) && commits[me].state == C_FREE &&
                out[me].command == 0 && late[me].command == 0 && !O.started && O.state < S_ABOUT ->
        z = MAX(O.current, O.inherited);
        if :: O.recorded > z -> append(RECORD(R_HORIZON, O.inc, 4 + z)) :: else fi;
        O.recorded = z;
        O.phase = P_DRAIN;
        printf("owner %d drains: HORIZON %d at %d\n", me, O.recorded, end - 1);
        ask(me, O.current) }
    od
}

/* ---- 10. The broker: commits arrive, in time or late. */

inline arrives_commit(k) {
    if
    :: member == OWNER_OF(k) ->
        skipped = (commits[k].to > 0 && !spoken[0]) || (commits[k].to > 1 && !spoken[1]);
        assert(!skipped);
        stored(k)
    :: member == NOBODY && o[OWNER_OF(k)].lost -> stored(k) /* without membership, into an empty group */
    :: member != OWNER_OF(k) ->
        d_step { clear(k); commits[k].state = (o[OWNER_OF(k)].phase == P_GONE -> C_FREE : C_REFUSED) }
    fi
}

inline stored(k) {
    d_step {
        printf("broker: the commit of %d is stored: to=%d hor=%d ev=%d inc=%d\n", OWNER_OF(k), commits[k].to, commits[k].hor, commits[k].ev, commits[k].inc);
        committed.to = commits[k].to; committed.hor = commits[k].hor; committed.ev = commits[k].ev; committed.inc = commits[k].inc;
        if
        :: o[OWNER_OF(k)].phase == P_GONE -> clear(k)
        :: else -> commits[k].state = C_ACCEPTED
        fi
    }
}

proctype broker() {
end_broker:
    do
    :: atomic { commits[0].state == C_ASKED -> arrives_commit(0) }
    :: atomic { commits[1].state == C_ASKED -> arrives_commit(1) }
    :: atomic { commits[2].state == C_ASKED -> arrives_commit(2) }
    :: atomic { commits[3].state == C_ASKED -> arrives_commit(3) }
    :: atomic { commits[4].state == C_ASKED -> arrives_commit(4) }
    :: atomic { commits[5].state == C_ASKED -> arrives_commit(5) }
    od
}

/* ---- 11. Zendesk: requests arrive, in time, late or never. */

inline updated() {
    if :: stamp_now++ :: second_lasts fi;
    second_lasts = 1
}

inline arrives_request(from, verdict) {
    if
    :: KIND(c) == TICKET && ON(key) && known[EFFECT(c)] -> verdict = S_APPLIED
    :: KIND(c) == COMMENT && ON(safe_update) && from.stamp != stamp_now -> verdict = S_DOUBT
    :: else ->
        doubled = applied[EFFECT(c)];
        assert(!doubled);
        disordered = c == 0 && applied[1];
        assert(!disordered);
        applied[EFFECT(c)] = 1;
        known[EFFECT(c)] = !aged;
        if :: KIND(c) == COMMENT -> updated() :: else fi;
        verdict = S_APPLIED;
        printf("Zendesk applies %d\n", c)
    fi
}

inline deliver(i) {
    atomic { out[i].command != 0 ->
        c = out[i].command - 1;
        if
        :: true ->
            arrives_request(out[i], v);
            if
            :: !ON(no_resend) && late[i].command == 0 -> late[i].command = out[i].command; late[i].stamp = out[i].stamp
            :: true
            fi;
            if :: v == S_APPLIED && faults > 0 && o[i].phase != P_GONE -> faults--; v = S_SENT; printf("its answer is lost\n") :: true fi
        :: ends > 0 -> ends--; v = S_ENDED; printf("Zendesk refuses %d\n", c)
        :: faults > 0 -> faults--; v = S_SENT; printf("request %d is lost\n", c)
        fi;
        out[i].command = 0; out[i].stamp = 0;
        if
        :: o[i].phase == P_GONE
        :: o[i].phase != P_GONE && v == S_SENT -> o[i].state = S_DOUBT; o[i].tried = 1
        :: o[i].phase != P_GONE && v == S_ENDED && !SETTLED(i) && (o[i].tried || c < o[i].inherited) -> o[i].state = S_DOUBT
        :: else -> o[i].state = v
        fi;
        c = 0; v = 0 }
}

inline deliver_late(i) {
    atomic { late[i].command != 0 ->
        c = late[i].command - 1;
        if :: true -> arrives_request(late[i], v) :: true fi;
        late[i].command = 0; late[i].stamp = 0;
        c = 0; v = 0 }
}

/* Keys are trusted half an hour less than Zendesk keeps them: time enough to send what was judged. */
#define ABOUT_TO(i) (o[i].state == S_ABSENT || o[i].state == S_ABOUT)

proctype zendesk() {
    byte c, v;
end_zendesk:
    do
    :: deliver(0)
    :: deliver(1)
    :: deliver(2)
    :: deliver_late(0)
    :: deliver_late(1)
    :: deliver_late(2)
    :: atomic { edits > 0 -> edits--; updated(); printf("an agent edits the ticket\n") }
    :: atomic { IN(old_ticket) && !aged && !ABOUT_TO(0) && !ABOUT_TO(1) && !ABOUT_TO(2) && !ON_ITS_WAY(0) && !ON_ITS_WAY(1) && !ON_ITS_WAY(2) ->
        aged = 1; known[0] = 0; known[1] = 0;
        printf("90 minutes pass\n") }
    od
}

/* ---- 12. The end: nobody can do anything more. */

proctype judge() {
end_judge:
    atomic { timeout ->
        wedged = member == NOBODY || o[member].current < N;
        assert(!wedged) }
}

init {
    atomic {
#ifdef OFF
        off = OFF;
#endif
        c_code {
            now.off |= from_environment("OFF", 0);
            now.kinds = from_environment("KINDS", 0);
            now.faults = from_environment("FAULTS", 1);
            now.ends = from_environment("ENDS", 1);
            now.edits = from_environment("EDITS", 0);
            now.stalls = from_environment("STALLS", 1);
        };
        run owner(0); run owner(1); run owner(2); run broker(); run zendesk(); run judge()
    }
}
