/* codec_transcript.c: a chunk of a transcript, there and back; what it refuses. Row 85. The keys
 * stand in tests/unit/processor/test_transcript.c. */
#include "event/codec.h"
#include "tests/support/unit.h"

static struct arena arena;
static const struct attachment files[] = {
    {{"https://x.example/a", 19}, {"image/png", 9}, {"a", 1}}};

static struct transcript_chunk sample(struct transcript_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        entries[i] = (struct transcript_entry){
            .speaker = SPEAKER_AGENT,
            .id = SLICE("m1"),
            .at = {1700000000000 + (int64_t)i},
            .author_name = SLICE("Ada"),
            .text = SLICE("wörds"),
            .attachments = files,
            .attachment_count = 1,
            .episode = 2,
        };
    }
    return (struct transcript_chunk){SLICE("acme/chat/shoes:7"), 9, entries, count};
}

static void there_and_back(void **state)
{
    (void)state;
    struct transcript_entry entries[LIMIT_CHUNK_ENTRIES_MAX];
    struct transcript_chunk chunk = sample(entries, COUNT_OF(entries));
    struct transcript_chunk back;
    CLEANUP(buf) struct buf bytes = {0};
    CLEANUP(buf) struct buf again = {0};
    buf_init(&bytes, LIMIT_CHUNK_BYTES_MAX);
    buf_init(&again, LIMIT_CHUNK_BYTES_MAX);
    EXPECT_OK("encode", codec_transcript_encode(&chunk, &bytes));
    EXPECT_OK("decode", codec_transcript_decode(&arena, buf_slice(&bytes), NULL, &back));
    EXPECT_SLICE("whose", back.conversation, chunk.conversation);
    EXPECT("which", back.number == 9 && back.entry_count == COUNT_OF(entries));
    const struct transcript_entry *entry = &back.entries[63];
    EXPECT("who", entry->speaker == SPEAKER_AGENT && entry->episode == 2);
    EXPECT_SLICE("by name", entry->author_name, SLICE("Ada"));
    EXPECT_SLICE("what", entry->text, SLICE("wörds"));
    EXPECT_SLICE("which message", entry->id, SLICE("m1"));
    EXPECT("when", entry->at.ms == 1700000000063);
    EXPECT_SLICE("its file", entry->attachments[0].url, files[0].url);
    EXPECT_OK("encode again", codec_transcript_encode(&back, &again));
    EXPECT_SLICE("canonical", buf_slice(&again), buf_slice(&bytes));
}

static void refused(const char *why, const struct transcript_chunk *chunk, enum err_code code)
{
    CLEANUP(buf) struct buf bytes = {0};
    buf_init(&bytes, LIMIT_CHUNK_BYTES_MAX);
    EXPECT_CODE(why, codec_transcript_encode(chunk, &bytes), code);
    EXPECT(why, bytes.len == 0);
}

static void what_could_not_be_read_is_not_written(void **state)
{
    (void)state;
    struct transcript_entry entries[2];
    struct transcript_chunk chunk = sample(entries, 2);
    entries[1].text = SLICE("\xff");
    refused("no UTF-8", &chunk, ERR_UTF8);
    chunk = sample(entries, 2);
    entries[1].speaker = (enum speaker)7;
    refused("nobody", &chunk, ERR_RANGE);
    chunk = sample(entries, 2);
    chunk.conversation = SLICE("");
    refused("nobody's", &chunk, ERR_MISSING);
    chunk.conversation = SLICE("acme/chat/shoes:7");
    chunk.entry_count = LIMIT_CHUNK_ENTRIES_MAX + 1;
    refused("too many", &chunk, ERR_TOO_LARGE);
}

/* Whatever stands in the changelog: an error of its class, or what can be written again. */
static void garbage_does_no_harm(void **state)
{
    (void)state;
    struct transcript_entry entries[3];
    struct transcript_chunk chunk = sample(entries, 3);
    CLEANUP(buf) struct buf bytes = {0};
    buf_init(&bytes, LIMIT_CHUNK_BYTES_MAX);
    EXPECT_OK("encode", codec_transcript_encode(&chunk, &bytes));
    for (size_t i = 0; i < bytes.len; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            char *copy = malloc(bytes.len);
            struct transcript_chunk back = {0};
            EXPECT("room", copy != NULL);
            memcpy(copy, bytes.ptr, bytes.len);
            copy[i] = (char)((unsigned char)copy[i] ^ (1U << bit));
            err_t e = codec_transcript_decode(&arena, slice_from(copy, bytes.len), NULL, &back);
            free(copy);
            EXPECT("poison", !err_failed(e) || err_class(e) == ERR_CLASS_POISON);
            EXPECT("bounded", back.entry_count <= LIMIT_CHUNK_ENTRIES_MAX);
        }
    }
    for (size_t len = 0; len < bytes.len; len++) {
        struct transcript_chunk back = {0};
        err_t e =
            codec_transcript_decode(&arena, slice_sub(buf_slice(&bytes), 0, len), NULL, &back);
        EXPECT("cut", !err_failed(e) || err_class(e) == ERR_CLASS_POISON);
    }
    EXPECT_CODE("nothing", codec_transcript_decode(&arena, SLICE(""), NULL, &chunk), ERR_MISSING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(what_could_not_be_read_is_not_written),
        cmocka_unit_test(garbage_does_no_harm),
    };
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
