/* SPDX-License-Identifier: Apache-2.0 */
/* template -- from a mail's Markdown to a program that is filled per person.
 *
 * Compiled once per mail x segment x variant x language: merge tags are taken
 * out and become private-use sentinels, libcmark parses the Markdown once, and
 * two renderers walk the same tree, one for HTML (styles inline, from the
 * theme) and one for text. The result is a flat list of operations over one
 * blob of literals: literal, slot, jump if a condition is false, jump, link.
 * Filling runs it with a person's values. Values are never parsed again: no
 * Markdown, HTML, merge or header injection by construction. A jump target is
 * a barrier for the merging of literals.
 *
 * A MailProgram is immutable and may be filled by several threads at once. */
#ifndef NURTURE_TEMPLATE_H
#define NURTURE_TEMPLATE_H

#include "nurture/expression.h"
#include "nurture/workspace.h"

/* The files a mail is made of. The same functions read a workspace folder and
 * a frozen snapshot. */
typedef struct {
    /* The file's text as a Source that lives as long as `data`, or NULL. */
    const Source *(*source)(const char *path, gpointer data);
    /* Does images/NAME or files/NAME exist, and how large is it (bytes)?
     * False: no. */
    bool (*exists)(const char *path, gsize *out_size, gpointer data);
    /* Names in a directory for did-you-mean, NULL-ended, borrowed. */
    const char *const *(*list)(const char *directory, gpointer data);
    gpointer data;
    /* The bytes of images/NAME, or NULL. Borrowed. May be NULL itself: the
     * size of a picture is not known then. */
    GBytes *(*bytes)(const char *path, gpointer data);
} TemplateFiles;

typedef struct {
    const Workspace *workspace;
    TemplateFiles files;
    ExpressionScope scope; /* statics on; needs_role as the campaign says */
    const StaticValue *statics; /* audience, variant, language, mail, role.* */
    const char *layout;         /* "templates/layout.html"; NULL = built in */
    const Sender *sender;       /* NULL: the candidate's recruiter, at fill */
    const char *campaign_name;  /* {{ campaign.name }} */
    bool untracked;             /* links stay as they are: previews, tests */
    /* To look at, never to send: a mail whose only errors are about its words
     * (placeholders, fallbacks that are still missing) compiles as well. */
    bool draft;
} TemplateContext;

/* One mail as its file says, with a variant laid over it. Offsets are into
 * `source`; a length of 0 means absent. */
typedef struct {
    const Source *source;
    gsize subject_offset, subject_length; /* the unquoted value's place .. */
    const char *subject;                  /* .. and text */
    gsize preheader_offset, preheader_length;
    const char *preheader;
    gsize body_offset;
    const char *const *attach; /* NULL-ended, or NULL */
} MailText;

typedef struct MailProgram MailProgram;

/* Compile one mail. Every problem of the files it is made of (E2.., E3..,
 * E4.., E5..) is reported; NULL if one of them is an error. */
MailProgram *mail_compile(const MailText *mail, const TemplateContext *context,
                          Diagnostics *problems);
void mail_program_free(MailProgram *program);

/* What a fill needs to know about a person, in this order. */
guint mail_program_fields(const MailProgram *program);
const Field *mail_program_field(const MailProgram *program, guint index);
guint mail_program_conditions(const MailProgram *program);
const Expression *mail_program_condition(const MailProgram *program,
                                         guint index);
/* Number of links; the URL of link `index` when it is the same for everybody,
 * else NULL (it has slots: mail_fill reports each person's). */
guint mail_program_links(const MailProgram *program);
const char *mail_program_link(const MailProgram *program, guint index);
/* Inline images, paths like "images/team.jpg", NULL-ended. The HTML refers to
 * this one as cid:team.jpg, its name without folders. Empty when images are
 * hosted. Borrowed. */
const char *const *mail_program_images(const MailProgram *program);
/* Does templates/why/ say this reason (see MailRow) in the mail's language? */
bool mail_program_knows_reason(const MailProgram *program, const char *why);
/* Do HTML and text have a place for the notice of MailRow? */
bool mail_program_has_notice(const MailProgram *program);

/* One person. Arrays follow the order above. Values: text as it is; dates as
 * UTC ms in decimal; choices and numbers as text; sets joined by U+001F; NULL
 * is missing. */
typedef struct {
    const char *const *values;
    const bool *conditions;
    const Sender *sender; /* recruiter.* and the signature */
    GTimeZone *zone;      /* for dates */
    /* The consent's source sentence, or NULL. It reads in the mail's language
     * if templates/why/ has it there. */
    const char *why;
    const char *notice; /* Article 14, for who was not told yet; NULL */
    /* Absolute URLs for links.*; NULL leaves the placeholder "#". */
    const char *unsubscribe_url, *preferences_url, *view_url, *interested_url;
    const char *privacy_url;
    const char *token; /* {{ token }}: opaque id of this mail */
    int64_t now;
    /* Tracking: the URL prefix of clicks ("https://t.example/c/") or NULL for
     * plain links; makes the token of link `index` into `out`, and the URL
     * of the pixel or NULL, and that of a link nobody sees or NULL. */
    const char *click_base;
    void (*click_token)(guint index, char *out, gsize size, gpointer data);
    const char *pixel_url, *trap_url;
    gpointer data;
} MailRow;

typedef struct {
    GString *subject, *preheader, *html, *text;
    /* The links of this person that differ from person to person: index and
     * URL. Cleared and filled by mail_fill. */
    GArray *links;           /* MailLink */
    const char *skipped_for; /* `or skip`: name of the missing field; NULL */
    bool used_fallback;      /* some slot read its fallback */
} MailOutput;

typedef struct {
    guint index;
    char *url;
} MailLink;

void mail_output_init(MailOutput *out);
void mail_output_clear(MailOutput *out);
/* Reuses `out`'s buffers. False when a slot says `or skip` and is missing. */
bool mail_fill(const MailProgram *program, const MailRow *row, MailOutput *out);

/* Markdown without merge tags to both forms: digests, service mail, pages.
 * `layout` is an HTML shell with slots, NULL for the fragment alone. */
bool markdown_render(const char *markdown, const Workspace *workspace,
                     const char *layout, const char *subject, GString *out_html,
                     GString *out_text, GError **error);

/* A name nobody should be greeted by: digits, @, an address, braces, "test",
 * "n/a", all capitals, more than 40 characters. Such people are held back and
 * listed. Valid UTF-8. */
bool name_is_suspicious(const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MailProgram, mail_program_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MailOutput, mail_output_clear)

#endif
