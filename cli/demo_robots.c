/* SPDX-License-Identifier: Apache-2.0 */
/* demo_robots.c - what invented people do with the mail they get
 *
 * A robot knows what a person knows: the message as it was delivered. It opens
 * and clicks over HTTP, and answers with mail that goes into `nurture receive`
 * like a mail server would hand it over. */
#include "demo-mail.h"
#include "demo.h"

#include "nurture/clock.h"
#include "nurture/error.h"

#include <string.h>

typedef struct {
    int64_t at;
    RobotKind kind;
    char *file, *envelope_from; /* the caught mail it is about */
} Deed;

struct Robots {
    char *nurture, *workspace, *directory, *log;
    gsize read;       /* bytes of the log that have been read */
    GHashTable *once; /* addresses whose robot acts only once */
    GPtrArray *deeds; /* Deed */
    RobotCounts counts;
};

static void
deed_free(gpointer p)
{
    Deed *d = p;

    g_free(d->file);
    g_free(d->envelope_from);
    g_free(d);
}

Robots *
robots_new(const char *nurture, const char *workspace, const char *directory,
           const char *log)
{
    Robots *r = g_new0(Robots, 1);

    r->nurture = g_strdup(nurture);
    r->workspace = g_strdup(workspace);
    r->directory = g_strdup(directory);
    r->log = g_strdup(log);
    r->once = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    r->deeds = g_ptr_array_new_with_free_func(deed_free);
    return r;
}

void
robots_free(Robots *r)
{
    if (!r)
        return;
    g_free(r->nurture);
    g_free(r->workspace);
    g_free(r->directory);
    g_free(r->log);
    g_hash_table_unref(r->once);
    g_ptr_array_unref(r->deeds);
    g_free(r);
}

const RobotCounts *
robots_counts(const Robots *r)
{
    return &r->counts;
}

static void
intend(Robots *r, RobotKind kind, const char *file, const char *from,
       int64_t at)
{
    Deed *deed = g_new(Deed, 1);

    *deed = (Deed){at, kind, g_strdup(file), g_strdup(from)};
    g_ptr_array_add(r->deeds, deed);
}

/* ---- deeds ------------------------------------------------------------------
 */

static void
count_get(Robots *r, int64_t *counter, const char *url, int expected)
{
    if (http_status(url, NULL) == expected)
        ++*counter;
    else
        r->counts.failures++;
}

static void
open_mail(Robots *r, const CaughtMail *mail)
{
    if (mail->pixel)
        count_get(r, &r->counts.opens, mail->pixel, 200);
}

static void
click(Robots *r, const CaughtMail *mail)
{
    open_mail(r, mail);
    if (mail->link)
        count_get(r, &r->counts.clicks, mail->link, 302);
}

static void
opt_out(Robots *r, const CaughtMail *mail)
{
    if (mail->unsubscribe &&
        http_status(mail->unsubscribe, "List-Unsubscribe=One-Click") == 200) {
        r->counts.opt_outs++;
    } else {
        r->counts.failures++;
    }
}

static bool
hand_over(Robots *r, int64_t *counter, const char *recipient, char *message,
          GError **error)
{
    g_autofree char *owned = message;

    if (!receive_mail(r->nurture, r->workspace, recipient, owned, error))
        return false;
    ++*counter;
    return true;
}

static const char *
words_of(RobotKind kind)
{
    switch (kind) {
    case ROBOT_INTERESTED:
        return "Hi,\r\n\r\nthat sounds great, I would love to hear more. "
               "Could we talk on Thursday afternoon?\r\n";
    case ROBOT_LATER:
        return "Thank you, but this is not a good time for me. Please get in "
               "touch again in three months.\r\n";
    case ROBOT_ASKS:
        return "Thanks for writing. Is the role fully remote, and what is the "
               "salary range?\r\n";
    case ROBOT_SILENT:
    case ROBOT_READS:
    case ROBOT_CLICKS:
    case ROBOT_LEAVES:
    case ROBOT_AWAY:
    case ROBOT_GONE:
    case ROBOT_COMPLAINS:
    case ROBOT_KINDS:
        break;
    }
    return "";
}

static bool
act(Robots *r, const Deed *deed, int64_t now, GError **error)
{
    g_autofree char *path = g_build_filename(r->directory, deed->file, NULL);
    g_auto(CaughtMail) mail = {0};

    if (!caught_mail_read(path, &mail, error))
        return false;
    switch (deed->kind) {
    case ROBOT_READS:
        open_mail(r, &mail);
        return true;
    case ROBOT_CLICKS:
        click(r, &mail);
        return true;
    case ROBOT_LEAVES:
        opt_out(r, &mail);
        return true;
    case ROBOT_INTERESTED:
    case ROBOT_LATER:
    case ROBOT_ASKS:
        return hand_over(r, &r->counts.replies, mail.reply_to,
                         make_reply(&mail, words_of(deed->kind), now), error);
    case ROBOT_AWAY:
        return hand_over(r, &r->counts.away, deed->envelope_from,
                         make_out_of_office(&mail, now), error);
    case ROBOT_GONE:
        return hand_over(r, &r->counts.bounces, deed->envelope_from,
                         make_bounce(&mail, now), error);
    case ROBOT_COMPLAINS:
        return hand_over(r, &r->counts.complaints, deed->envelope_from,
                         make_complaint(&mail, now), error);
    case ROBOT_SILENT:
    case ROBOT_KINDS:
        return true;
    }
    return true;
}

static char *
value_in(const char *line, const char *name, char end)
{
    const char *start = strstr(line, name), *stop;

    if (!start)
        return NULL;
    start += strlen(name);
    stop = end ? strchr(start, end) : start + strlen(start);
    return stop ? g_strndup(start, (gsize)(stop - start)) : NULL;
}

/* ---- new mail ---------------------------------------------------------------
 */

/* Hours from delivery to deed; a machine answers at once. */
static int64_t
delay_of(RobotKind kind, const char *address)
{
    unsigned die = g_str_hash(address) / 100;

    if (kind == ROBOT_AWAY || kind == ROBOT_GONE)
        return MINUTE_MS;
    return HOUR_MS * (1 + die % 30);
}

/* One line of the catcher's log: "... from=<F> to=<T> ... file=NAME". */
static void
notice(Robots *r, const char *line, int64_t now)
{
    g_autofree char *from = value_in(line, " from=<", '>');
    g_autofree char *to = value_in(line, " to=<", '>');
    g_autofree char *file = value_in(line, " file=", '\0');
    RobotKind kind;

    if (!from || !to || !file)
        return;
    if (!g_str_has_suffix(to, "@example.org")) {
        r->counts.digests++; /* a recruiter's */
        return;
    }
    r->counts.mails++;
    kind = robot_of(to);
    if (kind == ROBOT_SILENT)
        return;
    /* People answer once; they read and click as often as mail comes. */
    if (kind > ROBOT_CLICKS && !g_hash_table_add(r->once, g_strdup(to)))
        return;
    intend(r, kind, file, from, now + delay_of(kind, to));
}

static void
look_for_mail(Robots *r, int64_t now)
{
    g_autofree char *text = NULL;
    gsize size = 0;

    if (!g_file_get_contents(r->log, &text, &size, NULL))
        return;
    while (r->read < size) {
        char *line = text + r->read, *end = strchr(line, '\n');
        if (!end)
            return; /* still being written */
        *end = '\0';
        notice(r, line, now);
        r->read = (gsize)(end + 1 - text);
    }
}

bool
robots_step(Robots *r, int64_t now, GError **error)
{
    look_for_mail(r, now);
    for (guint i = 0; i < r->deeds->len;) {
        Deed *deed = g_ptr_array_index(r->deeds, i);
        if (deed->at > now) {
            i++;
            continue;
        }
        if (!act(r, deed, now, error))
            return false;
        g_ptr_array_remove_index_fast(r->deeds, i);
    }
    return true;
}
