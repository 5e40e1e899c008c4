/* SPDX-License-Identifier: Apache-2.0 */
/* doctor_local.c - the public pages, the database, its files, disk and clock */
#include "doctor-private.h"

#include "nurture/clock.h"
#include "nurture/disk.h"
#include "nurture/error.h"
#include "nurture/fact.h"
#include "nurture/probe.h"
#include "nurture/text.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <unistd.h>

#define PROBE_S      15
#define OVERDUE      HOUR_MS
#define CLOCK_LEEWAY (5 * MINUTE_MS)
#define OTHERS       (S_IRWXG | S_IRWXO)

static char *
keys_file(const Doctor *d)
{
    return g_build_filename(d->workspace->state_dir, "keys", NULL);
}

/* --- one-click opt-out -------------------------------------------------------
 */

/* A genuine address for a mail that never was: it is answered as any other
 * and changes nothing. */
static char *
one_click_url(const Doctor *d, GError **error)
{
    g_autofree char *path = keys_file(d);
    g_autoptr(Keys) keys = keys_load(path, false, error);
    char id[MESSAGE_ID_TEXT], token[WEB_TOKEN_TEXT];

    if (!keys)
        return NULL;
    message_id_probe(keys, id);
    web_token_make(keys, WEB_TOKEN_OPT_OUT, id, 0, token);
    return g_strdup_printf("%s/u/%s", d->workspace->tracking.base_url, token);
}

static void
post_one_click(const Doctor *d, const char *base, const char *url)
{
    static const char help[] =
        "is 'nurture serve' running, with the keys of this workspace, and does "
        "the proxy in front pass POST /u/ on? docs/deploy/ has samples";
    g_autoptr(GError) error = NULL;
    int status = 0;

    if (!url_post(url, "List-Unsubscribe=One-Click", PROBE_S, &status, &error))
        diagnostic_help(doctor_bad(d, "E808", base,
                                   "one-click opt-out cannot be reached: %s",
                                   error->message),
                        help);
    else if (status != 200)
        diagnostic_help(
            doctor_bad(d, "E808", base,
                       "one-click opt-out answers %d instead of 200%s", status,
                       status / 100 == 3
                           ? "; mail programs do not follow (RFC 8058)"
                           : ""),
            help);
    else
        doctor_good(d, "%s answers one-click opt-out (RFC 8058)", base);
}

void
doctor_one_click(Doctor *d)
{
    const char *base = d->workspace->tracking.base_url;
    g_autoptr(GError) error = NULL;
    g_autoptr(GUri) uri =
        base ? g_uri_parse(base, G_URI_FLAGS_NONE, NULL) : NULL;
    g_autofree char *url = NULL;

    if (!base) {
        diagnostic_help(
            doctor_bad(d, "W819", d->workspace->sending.domain,
                       "mails have no one-click opt-out, which Gmail and Yahoo "
                       "want of bulk mail"),
            "run 'nurture serve' behind a proxy and set tracking.base_url");
        return;
    }
    if (uri && strcmp(g_uri_get_scheme(uri), "https") != 0 &&
        !host_is_loopback(g_uri_get_host(uri))) {
        diagnostic_help(doctor_bad(d, "E808", base,
                                   "one-click opt-out needs https (RFC 8058)"),
                        "give the proxy a certificate, and set "
                        "tracking.base_url to https://");
        return;
    }
    url = one_click_url(d, &error);
    if (url)
        post_one_click(d, base, url);
    else
        diagnostic_help(doctor_bad(d, "E808", base, "%s", error->message),
                        "import candidates once: that makes the keys");
}

/* --- the database ------------------------------------------------------------
 */

static bool
read_number(Store *store, const char *sql, int64_t now, int64_t *out)
{
    g_autoptr(GError) ignored = NULL;
    g_autoptr(Statement) st = store_prepare_text(store, sql, &ignored);

    *out = 0;
    if (!st)
        return false;
    statement_bind_int(st, ":now", now);
    if (statement_step(st))
        *out = statement_int(st, 0);
    return statement_end(st, &ignored);
}

/* NULL, and told, if there is none or it cannot be read. */
static Store *
open_database(const Doctor *d)
{
    const char *path = d->workspace->database;
    g_autoptr(GError) error = NULL;
    Store *store = store_open(path, STORE_READ_ONLY, &error);

    if (store)
        return store;
    if (g_error_matches(error, NURTURE_ERROR, ERROR_NOT_FOUND))
        doctor_good(d, "there is no database yet");
    else
        diagnostic_help(doctor_bad(d, "E812", path, "%s", error->message),
                        "put back a copy: nurture restore FILE");
    return NULL;
}

static void
check_ats(const Doctor *d, Store *store)
{
    g_autofree char *synced = NULL, *when = NULL;
    int64_t at;

    if (!fact_get(store, "ats.synced_at", &synced, NULL) || !synced)
        return;
    at = g_ascii_strtoll(synced, NULL, 10);
    when = date_format(at, d->workspace->zone, "YYYY-MM-DD HH:mm", "en");
    if (d->o->now <= workspace_ats_expires(d->workspace, at))
        doctor_good(d, "the ATS was read on %s", when);
    else
        diagnostic_help(doctor_bad(d, "W813", d->workspace->database,
                                   "the last news from the ATS are of %s; "
                                   "until there are newer ones, mails wait",
                                   when),
                        "read the ATS again, or see why its timer does not; "
                        "webhooks alone are silent on weekends, see ats.quiet "
                        "in nurture.yaml(5)");
}

static void
check_overdue(const Doctor *d, Store *store)
{
    int64_t overdue;

    if (!read_number(store,
                     "SELECT count(*) FROM message"
                     " WHERE state IN ('scheduled', 'deferred')"
                     "  AND not_before < :now",
                     d->o->now - OVERDUE, &overdue) ||
        overdue == 0)
        return;
    diagnostic_help(doctor_bad(d, "W813", d->workspace->database,
                               "%s mails have been due for more than an hour",
                               number_format(overdue)),
                    "is the timer of 'nurture run' on? systemctl status "
                    "nurture-run.timer");
}

void
doctor_database(Doctor *d)
{
    g_autoptr(Store) store = open_database(d);
    g_autoptr(GError) error = NULL;

    if (!store)
        return;
    if (!store_check(store, true, &error)) {
        diagnostic_help(
            doctor_bad(d, "E812", d->workspace->database, "%s", error->message),
            "stop all of nurture, and put back a copy: nurture "
            "restore FILE");
        return;
    }
    doctor_good(d, "%s is sound", d->workspace->database);
    check_ats(d, store);
    check_overdue(d, store);
}

/* --- who may read what is secret ---------------------------------------------
 */

/* How many findings. */
static int
check_mode(const Doctor *d, const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return 0;
    if (st.st_mode & OTHERS) {
        diagnostic_help(doctor_bad(d, "E811", path,
                                   "others on this computer may open it "
                                   "(mode %03o)",
                                   (unsigned)st.st_mode & 0777U),
                        "run: chmod %s '%s'",
                        S_ISDIR(st.st_mode) ? "700" : "600", path);
        return 1;
    }
    if (st.st_uid != geteuid()) {
        diagnostic_help(doctor_bad(d, "E811", path,
                                   "it belongs to another user (%u)",
                                   (unsigned)st.st_uid),
                        "run nurture as that user always, or: chown %u '%s'",
                        (unsigned)geteuid(), path);
        return 1;
    }
    return 0;
}

static bool
is_closed(const char *dir)
{
    struct stat st;

    return stat(dir, &st) == 0 && !(st.st_mode & (S_IXGRP | S_IXOTH));
}

/* The private keys that sign. */
static int
check_dkim_keys(const Doctor *d)
{
    g_autofree char *folder =
        g_build_filename(d->workspace->state_dir, "dkim", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;
    int bad = 0;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (g_str_has_suffix(name, ".pem"))
            bad += check_mode(d, path);
    }
    return bad;
}

void
doctor_files(Doctor *d)
{
    const Workspace *w = d->workspace;
    g_autofree char *keys = keys_file(d);
    g_autofree char *wal = g_strconcat(w->database, "-wal", NULL);
    const char *const paths[] = {keys, w->dkim.key_file, w->smtp.key,
                                 /* behind a closed door from here on */
                                 w->state_dir, w->database, wal};
    const char *from = w->smtp.password_from;
    int bad = check_dkim_keys(d);

    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
        if (paths[i])
            bad += check_mode(d, paths[i]);
        if (paths[i] == w->state_dir && is_closed(w->state_dir))
            break;
    }
    if (from && g_str_has_prefix(from, "file ")) {
        g_autofree char *path =
            g_canonicalize_filename(from + strlen("file "), w->root);
        bad += check_mode(d, path);
    }
    if (bad == 0)
        doctor_good(d, "keys and database are this user's alone");
}

/* --- disk and clock
 * ------------------------------------------------------------
 */

void
doctor_disk(Doctor *d)
{
    const int64_t mb = INT64_C(1024) * 1024;
    int64_t left, needed;
    bool room = disk_has_room(d->workspace->database, &left, &needed);

    if (room)
        doctor_good(d, "%s MB free beside the database",
                    number_format(left / mb));
    else
        diagnostic_help(
            doctor_bad(d, "E810", d->workspace->database,
                       "only %s MB are free; below %s MB nothing is sent",
                       number_format(left / mb), number_format(needed / mb)),
            "make room on that disk; sending goes on by itself");
}

/* The newest thing that was recorded is not in the future. */
static bool
clock_went_back(const Doctor *d, int64_t *out_by)
{
    g_autoptr(GError) ignored = NULL;
    g_autoptr(Store) store =
        store_open(d->workspace->database, STORE_READ_ONLY, &ignored);
    int64_t last = 0;

    if (store)
        read_number(store,
                    "SELECT max(started_at) FROM"
                    " (SELECT started_at FROM worker UNION ALL"
                    "  SELECT at FROM event WHERE event_id ="
                    "   (SELECT max(event_id) FROM event) AND :now = :now)",
                    0, &last);
    *out_by = last - d->o->now;
    return *out_by > CLOCK_LEEWAY;
}

void
doctor_clock(Doctor *d)
{
    struct timex kernel = {0};
    int64_t by;

    if (clock_went_back(d, &by))
        diagnostic_help(doctor_bad(d, "W809", "clock",
                                   "it shows a time %s minutes before what was "
                                   "recorded last",
                                   number_format(by / MINUTE_MS)),
                        "set it: timedatectl set-ntp true");
    else if (clock_is_real() && adjtimex(&kernel) >= 0 &&
             (kernel.status & STA_UNSYNC))
        diagnostic_help(doctor_bad(d, "W809", "clock",
                                   "nothing keeps it right (not synchronised)"),
                        "run: timedatectl set-ntp true");
    else
        doctor_good(d, "the clock agrees with what was recorded");
}
