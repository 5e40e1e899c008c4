/* SPDX-License-Identifier: Apache-2.0 */
/* desk-private -- one visit to the recruiters' pages, and its frame.
 *
 * desk.c finds who visits and which page it is; a page's function fills
 * visit->html between the frame's two ends, or redirects. */
#ifndef TRACKING_DESK_PRIVATE_H
#define TRACKING_DESK_PRIVATE_H

#include "markup.h"
#include "nurture/desk.h"
#include "nurture/peer-limit.h"

enum {
    DESK_TOKEN_TEXT = 44, /* 43 characters of base64url, and the NUL */
    DESK_PARTS = 4,       /* of a path */
    DESK_PAGE = 25,       /* rows */
};

typedef enum {
    DESK_RECRUITER = 1,
    DESK_MARKETING = 2,
    DESK_LEAD = DESK_RECRUITER | DESK_MARKETING,
} DeskRole;

struct Desk {
    const Workspace *workspace; /* as it was at the start, or `own` */
    Workspace *own;             /* read since; NULL = not yet */
    uint64_t stamp;             /* of its files; see desk_workspace.c */
    int64_t looked_at;
    const Keys *keys;
    DeskActions actions;
    Store *store;
    PeerLimit *logins; /* tries to get in, by address */
    char *address;     /* "https://host", without a path */
    bool secure;
    GHashTable *kept; /* desk_kept.c */
    HttpRoute routes[3];
};

typedef struct {
    Desk *desk;
    Store *store;
    const Workspace *workspace;
    const HttpRequest *request;
    HttpResponse *response;
    int64_t now;
    char *part[DESK_PARTS]; /* of the path; NULL behind the last */
    const Sender *who;      /* NULL: nobody is in */
    DeskRole role;
    char session[DESK_TOKEN_TEXT];
    char csrf[DESK_TOKEN_TEXT];
    int64_t answers; /* open ones, for the navigation */
    int reload_s;    /* of the page, where there are no scripts; 0 = never */
    GString *html;
} Visit;

/* ---- what the files say (desk_workspace.c) ------------------------------ */

void desk_workspace_begin(Desk *desk);
/* Before each request: read the folder anew if it has changed. */
void desk_workspace_look(Desk *desk);

/* ---- the way to a page (desk.c) ----------------------------------------- */

/* Bind :who, :all and :fallback: which answers are the visitor's. */
void desk_bind_who(const Visit *visit, Statement *st);
/* Which people are: a condition on candidate `c`, and what it binds. */
#define DESK_OWN_PEOPLE                                                        \
    " (:all OR c.recruiter = :who"                                             \
    "  OR (c.recruiter IS NULL AND NOT EXISTS (SELECT 1 FROM message m"        \
    "   WHERE m.candidate_id = c.candidate_id AND m.sender <> :who))"          \
    "  OR EXISTS (SELECT 1 FROM message m"                                     \
    "   WHERE m.candidate_id = c.candidate_id AND m.sender = :who)"            \
    "  OR EXISTS (SELECT 1 FROM reply r"                                       \
    "   WHERE r.candidate_id = c.candidate_id AND r.recruiter = :who))"
void desk_bind_people(const Visit *visit, Statement *st);
/* A row's number, as a path or a query names it; 0: it is none. */
int64_t desk_number(const char *text);
/* Answers 404; true. */
bool desk_not_found(Visit *visit);

/* ---- who (desk_session.c) ---------------------------------------------- */

/* Leaves visit->who NULL when the cookie is no session of ours. */
bool desk_session_find(Visit *visit, GError **error);
bool desk_session_begin(Visit *visit, const Sender *sender, GError **error);
bool desk_session_end(Visit *visit, GError **error);
/* A one-time link's path, "/login/TOKEN", in the caller's transaction. */
char *desk_login_make(Store *store, const Sender *sender, int64_t now,
                      GError **error);
/* *out: whose unused link it is; NULL for any other. */
bool desk_login_find(Visit *visit, const char *token, const Sender **out,
                     GError **error);
/* Use it up, in the caller's transaction; *out as above. */
bool desk_login_use(Visit *visit, const char *token, const Sender **out,
                    GError **error);
/* Is the form's token that of the session? */
bool desk_csrf_fits(const Visit *visit);
DeskRole desk_role(const Sender *sender);

/* ---- getting in (desk_login.c) ----------------------------------------- */

bool desk_login_page(Visit *visit, GError **error);
bool desk_login_ask(Visit *visit, GError **error);
bool desk_login_link_page(Visit *visit, GError **error);
bool desk_login_link_use(Visit *visit, GError **error);
bool desk_logout(Visit *visit, GError **error);

/* ---- the frame (desk_page.c) ------------------------------------------- */

/* Begin and end a page; `section` is "replies", "people", .. or NULL. */
void desk_page_begin(Visit *visit, const char *section, const char *title);
void desk_page_end(Visit *visit, int status);
/* A whole page of one heading and one sentence. */
void desk_plain_page(Visit *visit, int status, const char *title,
                     const char *text);
/* The answer to a POST: 303 to a path of ours. */
void desk_redirect(Visit *visit, const char *path);
/* <form method="post" action="PATH"> with the session's token. */
void desk_form_begin(Visit *visit, const char *path, const char *class);
/* <time>: "3 Mar 2026, 09:00" in the workspace's zone, or the day alone. */
void desk_time(Visit *visit, int64_t at);
void desk_day(Visit *visit, int64_t at);
/* ", STEP", but not where it has the campaign's name: a newsletter's only
 * one. NULL = none. */
void desk_step(Visit *visit, const char *campaign, const char *step);
/* "3 days ago", "in 2 weeks"; owned. */
char *desk_ago(int64_t at, int64_t now);
/* "12 to 36 of 240", with links; `path` has its query, or NULL for none. */
void desk_pages(Visit *visit, const char *path, int64_t page, int64_t total);
int64_t desk_page_number(const Visit *visit);
/* "not_now" -> "Not now"; borrowed, for ever. */
const char *desk_intent_words(const char *intent);
/* A person's name, else their address; owned. */
char *desk_name(const char *first, const char *last, const char *email);
/* A file of ours: style sheet, script, icon. */
void desk_static(const HttpRequest *request, HttpResponse *response,
                 gpointer data);

/* Append what `build` makes of `what` and `days`, or what it made lately, when
 * that took long. Nothing of one visitor may be in it: all see the same. */
bool desk_kept(Visit *visit, const char *key, const char *what, int64_t days,
               bool (*build)(Visit *visit, const char *what, int64_t days,
                             GError **error),
               GError **error);
GHashTable *desk_kept_new(void);

/* ---- pages ------------------------------------------------------------- */

bool desk_replies_page(Visit *visit, GError **error);
bool desk_reply_page(Visit *visit, GError **error);
bool desk_reply_original(Visit *visit, GError **error);
bool desk_reply_stop_page(Visit *visit, GError **error);
bool desk_reply_act(Visit *visit, GError **error);

bool desk_campaigns_page(Visit *visit, GError **error);
bool desk_campaign_page(Visit *visit, GError **error);
bool desk_campaign_progress(Visit *visit, GError **error);
bool desk_campaign_ask(Visit *visit, GError **error);
bool desk_campaign_act(Visit *visit, GError **error);
bool desk_panic_page(Visit *visit, GError **error);
bool desk_panic_act(Visit *visit, GError **error);

bool desk_people_page(Visit *visit, GError **error);
bool desk_person_page(Visit *visit, GError **error);
bool desk_person_everything(Visit *visit, GError **error);
bool desk_person_log(Visit *visit, GError **error);
bool desk_person_erase_page(Visit *visit, GError **error);
bool desk_person_erase(Visit *visit, GError **error);

bool desk_delivery_page(Visit *visit, GError **error);
bool desk_reports_page(Visit *visit, GError **error);
bool desk_report_page(Visit *visit, GError **error);
bool desk_reports_csv(Visit *visit, GError **error);

#endif
