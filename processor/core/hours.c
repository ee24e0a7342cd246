#include "processor/core/hours.h"

enum {
    SECONDS_A_DAY = 24 * 3600,
    MONTH = 100, /* dates as YYYYMMDD, and MMDD for one of every year */
    YEAR = 100 * 100,
};

/* Seconds since 1970 by the clock on the wall. */
static int64_t local_seconds(const struct store *store, wall_ms_t at)
{
    int64_t east = 0;
    for (size_t i = 0; i < store->offset_count; i++) {
        if (i == 0 || !wall_before(at, store->offsets[i].from)) {
            east = (int64_t)store->offsets[i].east_s - SECONDS_A_DAY;
        }
    }
    return at.ms / 1000 + east;
}

/* Days since 1970 as a date of the Gregorian calendar, YYYYMMDD: years begin in March, so that a
 * leap day is their last. */
static uint32_t date_of(int64_t days)
{
    enum { TO_MARCH_0 = 719468, ERA = 146097, FOUR_YEARS = 1460, CENTURY = 36524 };
    int64_t since = days + TO_MARCH_0;
    int64_t era = since / ERA;
    int64_t day_of_era = since % ERA;
    int64_t year_of_era =
        (day_of_era - day_of_era / FOUR_YEARS + day_of_era / CENTURY - day_of_era / (ERA - 1)) /
        365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
    return (uint32_t)(year * YEAR + month * MONTH + day);
}

static bool is_holiday(const struct store *store, uint32_t date)
{
    for (size_t i = 0; i < store->holiday_count; i++) {
        uint32_t holiday = store->holidays[i].date;
        if (holiday == date || holiday == date % YEAR) {
            return true;
        }
    }
    return false;
}

bool hours_open(const struct store *store, wall_ms_t at)
{
    enum { THURSDAY = 3, WEEK = 7 }; /* 1970 began with one; weeks begin on Monday */
    if (store->opening_count == 0) {
        return true;
    }
    int64_t local = local_seconds(store, at);
    int64_t days = local / SECONDS_A_DAY;
    uint32_t minute = (uint32_t)(local % SECONDS_A_DAY / 60);
    uint32_t weekday = (uint32_t)((days + THURSDAY) % WEEK);
    if (is_holiday(store, date_of(days))) {
        return false;
    }
    for (size_t i = 0; i < store->opening_count; i++) {
        const struct opening *opening = &store->openings[i];
        if (opening->weekday == weekday && minute >= opening->from && minute < opening->until) {
            return true;
        }
    }
    return false;
}
