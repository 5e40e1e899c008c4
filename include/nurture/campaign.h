/* SPDX-License-Identifier: Apache-2.0 */
/* campaign -- one newsletter, or a sequence of mails with waits, as its files
 * say it.
 *
 * A Catalogue is a consistent set of author's files: those of the workspace
 * folder, or those frozen when a campaign was launched. Campaigns, segments
 * and mails are read from it and stay valid as long as it lives. Nothing here
 * touches candidates. */
#ifndef NURTURE_CAMPAIGN_H
#define NURTURE_CAMPAIGN_H

#include "nurture/segment.h"
#include "nurture/store.h"
#include "nurture/template.h"

typedef struct Catalogue Catalogue;

/* The folder as it is now. Problems of segments go to `problems`. */
Catalogue *catalogue_of_workspace(const Workspace *workspace,
                                  Diagnostics *problems);
/* The files a launch froze. ERROR_STORE when they are not all there. */
Catalogue *catalogue_of_snapshot(const Workspace *workspace, Store *store,
                                 const char *snapshot, GError **error);
/* From now on its mails compile with placeholders in them: to look at, never
 * to send. Their errors are reported all the same. */
void catalogue_allow_drafts(Catalogue *catalogue);
bool catalogue_has_drafts(const Catalogue *catalogue);
/* The segments as a commit of git has them, and the names of its campaigns;
 * nothing else. ERROR_NOT_FOUND: no git, no repository or no such commit. */
Catalogue *catalogue_of_commit(const Workspace *workspace, const char *commit,
                               Diagnostics *problems, GError **error);
void catalogue_free(Catalogue *catalogue);

const Workspace *catalogue_workspace(const Catalogue *catalogue);
const SegmentSet *catalogue_segments(const Catalogue *catalogue);
/* Names of all campaigns, sorted, NULL-ended. Borrowed. */
const char *const *catalogue_campaigns(Catalogue *catalogue);
/* A file's bytes (images, attachments), or NULL. Borrowed. */
GBytes *catalogue_bytes(Catalogue *catalogue, const char *path);
/* The Markdown files read so far, as Source, by path. The array is owned. */
GPtrArray *catalogue_sources(Catalogue *catalogue);
TemplateFiles catalogue_files(Catalogue *catalogue);
/* What names mean in conditions of this catalogue. Borrowed. */
ExpressionScope catalogue_scope(Catalogue *catalogue);

/* Drop the warnings that the files read so far allow themselves. With
 * `report_unused`, also say which `allow` dropped nothing (W118): only true
 * after everything that could warn has been looked at. */
void catalogue_settle(const Catalogue *catalogue, Diagnostics *problems,
                      bool report_unused);
/* Check one mail, or one file of roles/, outside of any campaign. False when
 * there is no such file. */
bool loose_file_check(Catalogue *catalogue, const char *path,
                      Diagnostics *problems);

typedef enum {
    STATUS_DRAFT,
    STATUS_READY,
    STATUS_PAUSED,
    STATUS_ARCHIVED
} CampaignStatus;

typedef struct {
    char *id;
    int share; /* basis points; the shares of a mail add up to 10,000 */
    char *subject, *preheader; /* NULL: the mail's own */
    gsize subject_offset, subject_length;
    gsize preheader_offset, preheader_length;
    char *from;
    char *mail; /* file of its text; NULL = the mail's own */
    gsize mail_offset, mail_length;
    struct MailFile *file; /* .. and that, when it could be read */
} MailVariant;

/* An appointment that travels with the mail. */
typedef struct {
    char *title, *where; /* where: NULL = not said */
    int64_t start, end;  /* UTC ms */
} MailEvent;

typedef struct MailFile {
    char *language; /* NULL: the mail's first file */
    const Source *source;
    char *subject, *preheader;
    gsize subject_offset, subject_length;
    gsize preheader_offset, preheader_length;
    gsize body_offset;
} MailFile;

typedef struct {
    char *id;            /* file stem; a newsletter's mail has the campaign's */
    GPtrArray *files;    /* MailFile: the mail, then its translations */
    GPtrArray *variants; /* MailVariant; empty = one nameless variant */
    char **attach;       /* "files/bands.pdf"; NULL = none */
    MailEvent *event;    /* NULL = none */
    char *from, *reply_to, *layout;
} CampaignMail;

typedef enum { WAIT_NONE, WAIT_SPAN, WAIT_UNTIL } WaitKind;
/* What becomes of a mail that could not leave in its window. */
typedef enum { LATE_NEXT_WINDOW, LATE_SKIP, LATE_EXIT } LateRule;

typedef struct {
    CampaignMail *mail;
    WaitKind wait;
    Span span;
    int64_t until;  /* UTC ms */
    int on_weekday; /* 0 = Monday; -1 = any */
    int at_minute;  /* of the day; -1 = as it comes */
    LateRule late;
    bool thread;         /* it answers the campaign's first mail */
    char *was, *drop;    /* steps that people may still wait for; NULL */
    Expression *only_if; /* NULL = everyone */
} CampaignStep;

typedef struct {
    char *segment; /* the name; NULL for an expression of its own */
    Expression *who;
} AudiencePart;

typedef struct {
    char *id, *path, *name;
    const Source *source;
    bool is_sequence, needs_role;
    CampaignStatus status;
    GPtrArray *audience; /* AudiencePart: the first match is the segment */
    Expression *exclude, *stop_when, *goal; /* NULL = none */
    char *from, *reply_to, *owner;
    char *language;   /* of mails without one in their name; NULL */
    int64_t start;    /* UTC ms; 0 = at once */
    bool start_moved; /* by who launched it, not by its files */
    SendWindow window;
    bool ignore_holidays; /* else mails wait for them to pass */
    int holdout;          /* basis points */
    bool tracked;
    int priority;
    bool resend_on_doubt;
    Span re_enter;      /* count 0 = never */
    Span spread;        /* of mails that are due together; count 0 = none */
    Rate rate;          /* of this campaign alone; count 0 = none */
    char *topic;        /* what can be left without leaving all; NULL */
    char *purpose;      /* of the consent it needs; NULL = mail */
    Rate cap;           /* of this campaign's mails; count 0 = none */
    Span expires;       /* of a mail that could not leave; count 0 = not said */
    char *role;         /* the role it was loaded for; NULL */
    GPtrArray *steps;   /* CampaignStep */
    GPtrArray *mails;   /* CampaignMail, owned */
    GPtrArray *statics; /* StaticValue of role.*, see campaign_statics() */
} Campaign;

/* Read and check a campaign. `role` is needed by campaigns with `needs: role`;
 * NULL takes the first one there is, so that `check` can look at all. All
 * problems are reported; NULL when there is no such campaign
 * (ERROR_NOT_FOUND, naming the nearest) or it cannot be read at all. */
Campaign *campaign_load(Catalogue *catalogue, const char *id, const char *role,
                        Diagnostics *problems, GError **error);
void campaign_free(Campaign *campaign);
/* Every file it is made of, sorted, NULL-ended, owned: what a snapshot holds.
 */
char **campaign_paths(Catalogue *catalogue, const Campaign *campaign);

const CampaignStep *campaign_step(const Campaign *campaign, const char *id);
int campaign_step_index(const Campaign *campaign, const char *id); /* or -1 */

/* "+4 days, on Friday, at 09:30", "" without any wait. Owned by the caller. */
char *campaign_step_wait(const CampaignStep *step);

/* The file for a candidate's language: a translation, else the first. */
const MailFile *campaign_mail_file(const CampaignMail *mail,
                                   const char *language);
/* The language a file's words are in: its own, else the campaign's, else the
 * workspace's first. */
const char *campaign_language(const Workspace *workspace,
                              const Campaign *campaign, const MailFile *file);
/* Stable over restarts: a hash of candidate, campaign and mail. NULL when the
 * mail has no variants. */
const MailVariant *campaign_variant(const Campaign *campaign,
                                    const CampaignMail *mail,
                                    int64_t candidate);
/* Is this candidate in the control group? Stable in the same way. */
bool campaign_is_control(const Campaign *campaign, int64_t candidate);

/* Compile one mail for one segment (NULL = the audience has no name), variant
 * (NULL) and file. */
MailProgram *campaign_compile(Catalogue *catalogue, const Campaign *campaign,
                              const CampaignMail *mail, const char *segment,
                              const MailVariant *variant, const MailFile *file,
                              Diagnostics *problems);
/* Compile everything a launch could need, for its problems. */
void campaign_check(Catalogue *catalogue, const Campaign *campaign,
                    Diagnostics *problems);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Catalogue, catalogue_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Campaign, campaign_free)

#endif
