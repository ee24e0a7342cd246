/* version — what was built, from which commit, with which libraries. */
#ifndef RT_VERSION_H
#define RT_VERSION_H

/* Static text, any thread. */
const char *version_number(void);    /* "0.1.0" */
const char *version_commit(void);    /* "c7f8626", or "unknown" outside of a clone */
const char *version_libraries(void); /* "librdkafka 2.0.2, libmicrohttpd 0.9.75, …" */

#endif
