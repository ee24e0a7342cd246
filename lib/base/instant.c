#include "base/instant.h"

#include <stdio.h>

enum { DAY_S = 24 * 60 * 60 };

struct civil {
    int64_t year;
    unsigned month; /* 1..12 */
    unsigned day;   /* 1..31 */
    unsigned hour;
    unsigned minute;
    unsigned second;
    unsigned ms;
};

static unsigned days_in_month(int64_t year, unsigned month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap ? 1U : 0U);
}

static bool civil_exists(const struct civil *c)
{
    return c->month >= 1 && c->month <= 12 && c->day >= 1 &&
           c->day <= days_in_month(c->year, c->month) && c->hour <= 23 && c->minute <= 59 &&
           c->second <= 59;
}

/* Days since 1970-01-01. Years are counted from March, so that the leap day is a year's last; 400
 * of them have 146097 days. */
static int64_t days_of(const struct civil *c)
{
    int64_t year = c->month <= 2 ? c->year - 1 : c->year;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t month = c->month > 2 ? c->month - 3 : c->month + 9;
    int64_t day_of_year = (153 * month + 2) / 5 + c->day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static wall_ms_t wall_of(const struct civil *c)
{
    int64_t seconds = days_of(c) * DAY_S + c->hour * 3600 + c->minute * 60 + c->second;
    return (wall_ms_t){seconds * 1000 + c->ms};
}

static struct civil civil_of(wall_ms_t time)
{
    int64_t day_ms = INT64_C(1000) * DAY_S;
    int64_t days = time.ms / day_ms;
    int64_t rest = time.ms % day_ms;
    if (rest < 0) {
        rest += day_ms;
        days -= 1;
    }
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    struct civil c = {
        .year = year_of_era + era * 400 + (month >= 10 ? 1 : 0),
        .month = (unsigned)(month < 10 ? month + 3 : month - 9),
        .day = (unsigned)(day_of_year - (153 * month + 2) / 5 + 1),
        .hour = (unsigned)(rest / 3600000),
        .minute = (unsigned)(rest / 60000 % 60),
        .second = (unsigned)(rest / 1000 % 60),
        .ms = (unsigned)(rest % 1000),
    };
    return c;
}

/* Takes `digits` decimal digits off the front of *text. */
static bool take_number(struct slice *text, size_t digits, unsigned *ret_number)
{
    uint64_t number = 0;
    if (text->len < digits || err_failed(slice_to_u64(slice_sub(*text, 0, digits), &number))) {
        return false;
    }
    *text = slice_sub(*text, digits, text->len);
    *ret_number = (unsigned)number;
    return true;
}

static bool take_text(struct slice *text, const char *expected)
{
    struct slice prefix = slice_of(expected);
    if (!slice_starts_with(*text, prefix)) {
        return false;
    }
    *text = slice_sub(*text, prefix.len, text->len);
    return true;
}

/* A dot and at least one digit; what is finer than a millisecond is cut off. */
static bool take_fraction(struct slice *text, unsigned *ret_ms)
{
    if (!take_text(text, ".")) {
        return false;
    }
    unsigned ms = 0;
    size_t digits = 0;
    while (digits < text->len && text->ptr[digits] >= '0' && text->ptr[digits] <= '9') {
        if (digits < 3) {
            ms = ms * 10 + (unsigned)(text->ptr[digits] - '0');
        }
        digits++;
    }
    for (size_t i = digits; i < 3; i++) {
        ms *= 10;
    }
    *text = slice_sub(*text, digits, text->len);
    *ret_ms = ms;
    return digits > 0;
}

static bool take_clock(struct slice *text, struct civil *c)
{
    return take_number(text, 2, &c->hour) && take_text(text, ":") &&
           take_number(text, 2, &c->minute) && take_text(text, ":") &&
           take_number(text, 2, &c->second);
}

err_t instant_parse_iso8601(struct slice text, wall_ms_t *ret_time)
{
    struct civil c = {0};
    unsigned year = 0;
    if (!take_number(&text, 4, &year) || !take_text(&text, "-") ||
        !take_number(&text, 2, &c.month) || !take_text(&text, "-") ||
        !take_number(&text, 2, &c.day) || !take_text(&text, "T") || !take_clock(&text, &c)) {
        return ERR(SYNTAX);
    }
    if (!slice_equal(text, SLICE("Z")) && !take_fraction(&text, &c.ms)) {
        return ERR(SYNTAX);
    }
    if (!slice_equal(text, SLICE("Z"))) {
        return ERR(SYNTAX);
    }
    c.year = year;
    if (!civil_exists(&c)) {
        return ERR(RANGE);
    }
    *ret_time = wall_of(&c);
    return err_ok();
}

/* Takes one of `count` names of three letters; *ret_index says which. */
static bool take_name(struct slice *text, const char *const *names, unsigned count,
                      unsigned *ret_index)
{
    for (unsigned i = 0; i < count; i++) {
        if (take_text(text, names[i])) {
            *ret_index = i;
            return true;
        }
    }
    return false;
}

static const char *const weekdays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

err_t instant_parse_http_date(struct slice text, wall_ms_t *ret_time)
{
    struct civil c = {0};
    unsigned weekday = 0; /* says nothing that the date does not say */
    unsigned year = 0;
    if (!take_name(&text, weekdays, 7, &weekday) || !take_text(&text, ", ") ||
        !take_number(&text, 2, &c.day) || !take_text(&text, " ") ||
        !take_name(&text, months, 12, &c.month) || !take_text(&text, " ") ||
        !take_number(&text, 4, &year) || !take_text(&text, " ") || !take_clock(&text, &c) ||
        !slice_equal(text, SLICE(" GMT"))) {
        return ERR(SYNTAX);
    }
    c.month += 1;
    c.year = year;
    if (!civil_exists(&c)) {
        return ERR(RANGE);
    }
    *ret_time = wall_of(&c);
    return err_ok();
}

void instant_format_iso8601(wall_ms_t time, char text[INSTANT_TEXT_BYTES])
{
    struct civil c = civil_of(time);
    (void)snprintf(text, INSTANT_TEXT_BYTES, "%04lld-%02u-%02uT%02u:%02u:%02u.%03uZ",
                   (long long)c.year, c.month, c.day, c.hour, c.minute, c.second, c.ms);
}

void instant_format_http_date(wall_ms_t time, char text[INSTANT_TEXT_BYTES])
{
    struct civil c = civil_of(time);
    int64_t weekday = (days_of(&c) % 7 + 10) % 7; /* 1970-01-01 was a Thursday */
    (void)snprintf(text, INSTANT_TEXT_BYTES, "%s, %02u %s %04lld %02u:%02u:%02u GMT",
                   weekdays[weekday], c.day, months[c.month - 1], (long long)c.year, c.hour,
                   c.minute, c.second);
}
