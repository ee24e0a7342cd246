#include "ctl/config_hours.h"

#include "ctl/config_words.h"
#include "ctl/text.h"
#include "rt/clock_sys.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { DAYS = 7, YEARS = 6, DAY_S = 24 * 3600, PATH_BYTES = 256, MINUTES_A_DAY = 24 * 60 };

static const char *const day_names[DAYS] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

/* --- the zone --- */

static bool is_zone_name(struct slice zone)
{
    for (size_t i = 0; i < zone.len; i++) {
        char c = zone.ptr[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool is_other = (c >= '0' && c <= '9') || c == '/' || c == '_' || c == '-' || c == '+';
        if (!is_letter && !is_other) {
            return false;
        }
    }
    return zone.len > 0 && zone.ptr[0] != '/';
}

/* Days from 1970 to the first of January of a year after it. */
static int64_t days_before(int64_t year)
{
    int64_t past = year - 1;
    return 365 * (year - 1970) + (past / 4 - 1969 / 4) - (past / 100 - 1969 / 100) +
           (past / 400 - 1969 / 400);
}

/* A broken-down time as if it were UTC. */
static int64_t seconds_of(const struct tm *tm)
{
    int64_t days = days_before(tm->tm_year + 1900) + tm->tm_yday;
    return days * DAY_S + (int64_t)tm->tm_hour * 3600 + (int64_t)tm->tm_min * 60 + tm->tm_sec;
}

static int64_t east_at(int64_t seconds)
{
    time_t at = (time_t)seconds;
    struct tm local;
    return localtime_r(&at, &local) == NULL ? 0 : seconds_of(&local) - seconds;
}

/* When within (from, to] the offset becomes what it is at `to`. */
static int64_t change_in(int64_t from, int64_t to)
{
    while (to - from > 1) {
        int64_t middle = from + (to - from) / 2;
        if (east_at(middle) == east_at(to)) {
            to = middle;
        } else {
            from = middle;
        }
    }
    return to;
}

static size_t read_offsets(int64_t from, int64_t to, struct zone_offset *offsets)
{
    size_t count = 0;
    offsets[count++] = (struct zone_offset){{from * 1000}, (uint32_t)(east_at(from) + DAY_S)};
    for (int64_t day = from; day < to && count < LIMIT_OFFSETS_MAX; day += DAY_S) {
        int64_t next = day + DAY_S;
        if (east_at(next) != east_at(day)) {
            offsets[count++] = (struct zone_offset){{change_in(day, next) * 1000},
                                                    (uint32_t)(east_at(next) + DAY_S)};
        }
    }
    return count;
}

err_t config_hours_zone(struct arena *arena, struct slice zone, wall_ms_t now,
                        const struct zone_offset **ret_offsets, size_t *ret_count)
{
    char path[PATH_BYTES];
    *ret_offsets = NULL;
    *ret_count = 0;
    text_set(path, sizeof path, ":/usr/share/zoneinfo/%.*s", SLICE_ARG(zone));
    if (!is_zone_name(zone) || zone.len > PATH_BYTES / 2 || access(path + 1, R_OK) != 0) {
        return err_ok();
    }
    struct zone_offset *offsets = ARENA_ARRAY(arena, struct zone_offset, LIMIT_OFFSETS_MAX);
    if (offsets == NULL) {
        return ERR(NO_MEMORY);
    }
    const char *before = getenv("TZ");
    struct slice kept = {0};
    if (before != NULL) {
        TRY(arena_printf(arena, &kept, "%s%c", before, '\0'));
    }
    time_t seconds = (time_t)(now.ms / 1000);
    struct tm utc = {0};
    (void)gmtime_r(&seconds, &utc);
    int64_t first = days_before(utc.tm_year + 1900) * DAY_S;
    int64_t last = days_before(utc.tm_year + 1900 + YEARS) * DAY_S;
    (void)setenv("TZ", path, 1);
    tzset();
    *ret_count = read_offsets(first, last, offsets);
    (void)(before != NULL ? setenv("TZ", kept.ptr, 1) : unsetenv("TZ"));
    tzset();
    *ret_offsets = offsets;
    return err_ok();
}

/* --- the week --- */

/* "09:00"; "24:00" is the end of a day. */
static bool read_minute(struct slice text, uint32_t *ret_minute)
{
    uint64_t hours = 0;
    uint64_t minutes = 0;
    bool is_one = text.len == 5 && text.ptr[2] == ':' &&
                  !err_failed(slice_to_u64(slice_sub(text, 0, 2), &hours)) &&
                  !err_failed(slice_to_u64(slice_sub(text, 3, 5), &minutes)) && minutes < 60 &&
                  hours * 60 + minutes <= MINUTES_A_DAY;
    *ret_minute = (uint32_t)(hours * 60 + minutes);
    return is_one;
}

/* "09:00-12:00,13:00-17:00" behind what is there; false when it is none, or too much. */
static bool read_day(struct slice text, uint32_t weekday, struct opening *openings, size_t *count)
{
    struct slice rest = text;
    while (rest.len > 0) {
        struct slice part = {0};
        struct slice from = {0};
        struct slice until = {0};
        (void)slice_split(rest, ',', &part, &rest);
        struct opening opening = {.weekday = weekday};
        if (!slice_split(slice_trim(part), '-', &from, &until) ||
            !read_minute(slice_trim(from), &opening.from) ||
            !read_minute(slice_trim(until), &opening.until) || opening.from >= opening.until ||
            *count == LIMIT_OPENINGS_MAX) {
            return false;
        }
        openings[(*count)++] = opening;
    }
    return true;
}

/* "2026-12-24", or "12-25" of every year. */
static bool read_date(struct slice text, uint32_t *ret_date)
{
    uint64_t year = 0;
    uint64_t month = 0;
    uint64_t day = 0;
    bool has_year = text.len == 10 && text.ptr[4] == '-';
    struct slice rest = has_year ? slice_sub(text, 5, text.len) : text;
    bool is_one = rest.len == 5 && rest.ptr[2] == '-' &&
                  (!has_year || !err_failed(slice_to_u64(slice_sub(text, 0, 4), &year))) &&
                  !err_failed(slice_to_u64(slice_sub(rest, 0, 2), &month)) &&
                  !err_failed(slice_to_u64(slice_sub(rest, 3, 5), &day)) && month >= 1 &&
                  month <= 12 && day >= 1 && day <= 31;
    *ret_date = (uint32_t)(year * 10000 + month * 100 + day);
    return is_one;
}

static err_t draft_holidays(struct arena *arena, const struct json *list, struct store *ret)
{
    struct holiday *holidays = ARENA_ARRAY(arena, struct holiday, LIMIT_HOLIDAYS_MAX);
    if (holidays == NULL) {
        return ERR(NO_MEMORY);
    }
    ret->holidays = holidays;
    JSON_EACH(item, list != NULL && list->type == JSON_ARRAY ? list : NULL)
    {
        struct holiday holiday = {0};
        if (ret->holiday_count < LIMIT_HOLIDAYS_MAX &&
            read_date(json_string(item), &holiday.date)) {
            holidays[ret->holiday_count++] = holiday;
        }
    }
    return err_ok();
}

err_t config_hours_draft(struct arena *arena, const struct json *at, struct store *ret)
{
    const struct json *hours = json_find(at, "handoff.hours");
    bool is_told = slice_equal(json_string(json_find(hours, "then")), SLICE("message"));
    struct opening *openings = ARENA_ARRAY(arena, struct opening, LIMIT_OPENINGS_MAX);
    if (openings == NULL) {
        return ERR(NO_MEMORY);
    }
    if (hours == NULL) {
        return err_ok();
    }
    struct clock clock = clock_sys();
    ret->openings = openings;
    ret->zone = json_string(json_find(hours, "zone"));
    ret->closed_then = is_told ? CLOSED_MESSAGE : CLOSED_TICKET;
    ret->closed_text = config_words_default(
        json_find(hours, "text"),
        is_told ? SLICE("My colleagues are not at work now.")
                : SLICE("My colleagues are not at work now. I have noted your request, and you "
                        "will hear from us."));
    for (uint32_t day = 0; day < DAYS; day++) {
        struct slice text = json_string(json_find(hours, day_names[day]));
        (void)read_day(text, day, openings, &ret->opening_count); /* judged below */
    }
    TRY(draft_holidays(arena, json_find(hours, "holidays"), ret));
    return config_hours_zone(arena, ret->zone, clock_wall(&clock), &ret->offsets,
                             &ret->offset_count);
}

/* --- judged --- */

static void say(struct problems *p, const struct json *at, const char *member, const char *text)
{
    char name[PROBLEM_PATH_BYTES];
    char path[PROBLEM_PATH_BYTES];
    text_set(name, sizeof name, "handoff.hours%s%s", member[0] == '\0' ? "" : ".", member);
    const struct json *value = json_find(at, name);
    text_set(path, sizeof path, "stores.%.*s.%s", SLICE_ARG(at->key), name);
    problems_error(p, value == NULL ? at->offset : value->offset, path, "%s", text);
}

void config_hours_check(struct problems *p, const struct json *at, const struct store *store)
{
    const struct json *hours = json_find(at, "handoff.hours");
    struct opening openings[LIMIT_OPENINGS_MAX];
    size_t count = 0;
    if (hours == NULL) {
        return;
    }
    if (store->zone.len > 0 && store->offset_count == 0) {
        say(p, at, "zone",
            "this system knows no such time zone; expected a name like \"Europe/Berlin\"");
    }
    for (uint32_t day = 0; day < DAYS; day++) {
        if (!read_day(json_string(json_find(hours, day_names[day])), day, openings, &count)) {
            say(p, at, day_names[day],
                "expected hours like \"09:00-12:00,13:00-17:00\", at most 28 a week");
        }
    }
    if (count == 0) {
        say(p, at, "", "names no hours on any day: the team would never be at work");
    }
    JSON_EACH(item, json_find(hours, "holidays"))
    {
        uint32_t date = 0;
        if (!read_date(json_string(item), &date)) {
            say(p, at, "holidays",
                "expected dates like \"2026-12-24\", or \"12-25\" of every year");
        }
    }
}
