/* SPDX-License-Identifier: Apache-2.0 */
/* bench_inbound.c - how fast received mail is read: `name value unit` a line
 *
 * The peer is GMime's bare parse of the same mails in the same run. The
 * hostile inputs are those that hang readers of replies elsewhere. Everything
 * is processor time, ours and our children's, so that a busy computer does not
 * change the figures; what a mail costs is messages per second and core. */
#include "nurture/autoptr.h"
#include "nurture/inspection.h"
#include "tracking/inspector.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

enum { SECONDS = 2, HOSTILE_MAX_MS = 50, HOSTILE_SIZE = 900000 };

static double
used_by(int who)
{
    struct rusage u;

    getrusage(who, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* Of processor time; a child's counts when it has been waited for. */
static double
seconds(void)
{
    return used_by(RUSAGE_SELF) + used_by(RUSAGE_CHILDREN);
}

static void
add_mails(GPtrArray *mails, const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *file = g_build_filename(path, name, NULL);
        char *text;
        gsize size;
        if (g_file_test(file, G_FILE_TEST_IS_DIR))
            add_mails(mails, file);
        else if (g_str_has_suffix(name, ".eml") &&
                 g_file_get_contents(file, &text, &size, NULL))
            g_ptr_array_add(mails, g_bytes_new_take(text, size));
    }
}

/* ---- three readers --------------------------------------------------------
 */

static void
read_gmime(GBytes *raw, void *data)
{
    gsize size;
    const char *bytes = g_bytes_get_data(raw, &size);
    g_autoptr(GMimeStream) stream =
        g_mime_stream_mem_new_with_buffer(bytes, size);
    g_autoptr(GMimeParser) parser = g_mime_parser_new_with_stream(stream);
    g_autoptr(GMimeMessage) message =
        g_mime_parser_construct_message(parser, NULL);

    (void)data;
}

static void
read_here(GBytes *raw, void *data)
{
    g_autoptr(Inspection) got = inspection_of(raw, INSPECT_EML, 0, NULL);

    (void)data;
    g_assert_nonnull(got);
}

static void
read_in_child(GBytes *raw, void *data)
{
    bool crashed;
    g_autoptr(Inspection) got =
        inspector_read(data, raw, 0, NULL, &crashed, NULL);

    g_assert_nonnull(got);
}

typedef void (*Reader)(GBytes *raw, void *data);

typedef struct {
    const char *name;
    Reader read;
    void *data;
    double best;  /* seconds for all mails */
    double worst; /* seconds for one mail, in the best round */
} Peer;

static void
one_round(Peer *peer, const GPtrArray *mails)
{
    double start = seconds(), now = start, worst = 0;

    for (guint i = 0; i < mails->len; i++) {
        double before = now;

        peer->read(mails->pdata[i], peer->data);
        now = seconds();
        worst = MAX(worst, now - before);
    }
    if (now - start >= peer->best)
        return;
    peer->best = now - start;
    peer->worst = worst;
}

/* Turn by turn, and the best round of each: what else the computer does costs
 * cache, and so processor time, but never saves any. */
static void
measure(Peer *peers, guint count, const GPtrArray *mails)
{
    double start = seconds();

    for (guint n = 0; n < count; n++) { /* rules are compiled once */
        one_round(&peers[n], mails);
        peers[n].best = 1e9;
    }
    while (seconds() - start < SECONDS * (int)count)
        for (guint n = 0; n < count; n++)
            one_round(&peers[n], mails);
    for (guint n = 0; n < count; n++)
        printf("%s %.0f messages/s\n%s-worst %.1f ms\n", peers[n].name,
               mails->len / peers[n].best, peers[n].name,
               peers[n].worst * 1000);
}

/* As `nurture receive` does it: a warm child behind the guard. Its time counts
 * when it has ended. */
static double
measure_child(const GPtrArray *mails, guint rounds)
{
    Inspector *inspector = inspector_new();
    double start = seconds();

    for (guint n = 0; n < rounds; n++)
        for (guint i = 0; i < mails->len; i++)
            read_in_child(mails->pdata[i], inspector);
    inspector_free(inspector);
    return rounds * mails->len / (seconds() - start);
}

/* ---- hostile mail ---------------------------------------------------------
 */

static const struct {
    const char *name, *head, *unit, *tail;
    int nested; /* parts inside one another between head and units */
} hostile[] = {
    {"on", "From: a@b.example\n\n", "On ", "wrote:\n"},
    {"blank-lines", "From: a@b.example\n\nhi\n", "\n", "> x\n"},
    {"on-monday", "From: a@b.example\n\n", "On Mon, Jan 1, 2026 at 10:00\n",
     "x\n"},
    {"spaces", "From: a@b.example\n\nhi", " ", "x\n"},
    {"quotes", "From: a@b.example\n\n", ">", "x\n"},
    {"tags", "From: a@b.example\nContent-Type: text/html\n\n", "<div><a><b> ",
     "x\n"},
    {"half-tags", "From: a@b.example\nContent-Type: text/html\n\n",
     "<!--<a href='", "x\n"},
    {"groups", "From: ", "a:", " b@c.example;\n\nhi\n"},
    {"parts",
     "From: a@b.example\nContent-Type: multipart/mixed; boundary=B\n"
     "\n",
     "--B\nContent-Type: message/rfc822\n\n", "hi\n"},
    {"dates",
     "From: a@b.example\nAuto-Submitted: auto-replied\n"
     "Subject: Out of office\n\n",
     "back on 1/2/2026 until Monday next week ", ".\n"},
    {"links", "From: a@b.example\n\n",
     "/u/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "aaaa ",
     "\n"},
    {"own-names",
     "Return-Path: <>\nFrom: mailer-daemon@a.example\n"
     "Subject: failure notice\n\n<a@b.example>: 550 no\n",
     "c.d ", "\n\nReceived: x\nFrom: e@c.d\nMessage-ID: <f@c.d>\n"},
    {"addresses", "From: a@b.example\nSubject: failure notice\n\n",
     "<a@b.example>: 550 user unknown\n", "\n"},
    /* As many as the guard lets pass: each line may close any of them. */
    {"boundaries", "From: a@b.example\n", "--b\n", "\n", 22},
};

static void
append_nested(GString *mail, int parts)
{
    for (int i = 0; i < parts; i++)
        g_string_append_printf(mail,
                               "Content-Type: multipart/mixed; boundary=b%d\n\n"
                               "--b%d\n",
                               i, i);
    if (parts > 0)
        g_string_append(mail, "Content-Type: text/plain\n\n");
}

static bool
measure_hostile(void)
{
    bool good = true;

    for (gsize i = 0; i < G_N_ELEMENTS(hostile); i++) {
        g_autoptr(GString) mail = g_string_new(hostile[i].head);
        g_autoptr(GBytes) raw = NULL;
        double best = 1e9;

        append_nested(mail, hostile[i].nested);
        while (mail->len < HOSTILE_SIZE)
            g_string_append(mail, hostile[i].unit);
        g_string_append(mail, hostile[i].tail);
        raw = g_bytes_new(mail->str, mail->len);
        /* The best of three: the first one warms up. */
        for (int turn = 0; turn < 3; turn++) {
            double before = seconds();
            read_here(raw, NULL);
            best = MIN(best, seconds() - before);
        }
        printf("hostile-%s %.1f ms%s\n", hostile[i].name, best * 1000,
               best * 1000 > HOSTILE_MAX_MS ? "  TOO SLOW" : "");
        good = good && best * 1000 <= HOSTILE_MAX_MS;
    }
    return good;
}

int
main(int argc, char **argv)
{
    g_autoptr(GPtrArray) mails =
        g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    Peer peers[] = {{"gmime-parse", read_gmime, NULL, 1e9, 0},
                    {"inspect", read_here, NULL, 1e9, 0}};

    g_mime_init();
    if (argc < 2)
        add_mails(mails, "tests/data/inbound");
    for (int i = 1; i < argc; i++)
        add_mails(mails, argv[i]);
    if (mails->len == 0) {
        fputs("bench_inbound: no mails\n", stderr);
        return 1;
    }
    printf("mails %u\n", mails->len);
    measure(peers, G_N_ELEMENTS(peers), mails);
    printf("inspect/gmime-parse %.2f a/b\n", peers[0].best / peers[1].best);
    printf("inspect-in-child %.0f messages/s\n",
           measure_child(mails, 1 + (guint)(SECONDS / peers[1].best)));
    return measure_hostile() ? 0 : 1;
}
