/* SPDX-License-Identifier: Apache-2.0 */
/* reply-lines -- lines of a reply, and the rules that tell whose they are.
 *
 * Shared by the reply_*.c files. A ReplyRules is made once per thread from
 * tracking/data/reply-*.tsv and never freed before the thread ends. */
#ifndef TRACKING_REPLY_LINES_H
#define TRACKING_REPLY_LINES_H

#include "haystack.h"
#include "nurture/pattern.h"
#include "reply-text.h"

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#define REPLY_LINE_MAX 400 /* no longer line is part of an attribution */

typedef enum {
    REPLY_FROM = 1 << 0,
    REPLY_SENT = 1 << 1,
    REPLY_TO = 1 << 2,
    REPLY_CC = 1 << 3,
    REPLY_SUBJECT = 1 << 4,
    REPLY_OTHER = 1 << 5, /* Reply-To, Importance ... */
    REPLY_ORIGINAL = 1 << 6,
    REPLY_FORWARDED = 1 << 7,
    REPLY_MARKER = 1 << 8, /* "reply above this line" */
} ReplyRole;

typedef enum {
    REPLY_CLOSE = 1,  /* "Kind regards": ends a mail */
    REPLY_THANKS = 2, /* "Thanks": ends one if a name follows */
    REPLY_NAMED = 3,  /* "Cheers Bob": ends one if set apart */
} ReplySignoff;

/* All rows of one kind, for one line at a time. */
typedef struct {
    Pattern *pattern;
    WordSet *words;
} LinePattern;

typedef struct {
    GHashTable *openers;    /* first words of attributions */
    GPtrArray *verbs;       /* char *, longest first */
    GHashTable *labels;     /* header label -> ReplyRole bits */
    GHashTable *separators; /* words of a separator line -> ReplyRole */
    GPtrArray *prefixes;    /* those that may go on */
    GArray *prefix_roles;   /* ReplyRole of each */
    GHashTable *signoffs;   /* formula -> ReplySignoff */
    LinePattern tagline, device, banner, disclaimer, inside;
} ReplyRules;

const ReplyRules *reply_rules(void);
bool line_pattern_matches(const LinePattern *p, const char *text,
                          size_t length);

typedef enum {
    LINE_AUTHOR,  /* until something says otherwise */
    LINE_CONTEXT, /* attribution or header of a quote that ends again */
    LINE_QUOTED,
    LINE_SIGNATURE,
    LINE_BANNER,
} ReplyKind;

typedef struct {
    const char *text;
    size_t length; /* without the line end and white space before it */
    ReplyKind kind;
    bool blank, quoted; /* nothing but white space; begins with '>' */
    bool verbatim;      /* in a block of code */
    int labels;         /* ReplyRole bits of a header line, else 0 */
} ReplyLine;

typedef struct {
    ReplyLine *line;
    int count;
    const char *author; /* who wrote it, or NULL */
    size_t steps;       /* bytes looked at so far */
    int joins;          /* candidates for an attribution so far */
    int older;          /* the first line of an older mail; 0: there is none */
    int tail;           /* from here on it is older to the end; 0: likewise */
    bool forwarded;     /* the older mail was sent on, not answered */
} ReplyLines;

/* Borrow `text`, which is valid UTF-8 and ends lines with "\n". */
ReplyLines *reply_lines_new(const char *text, size_t length);
void reply_lines_free(ReplyLines *lines);
/* The next line at or after `i` that is not blank; `count` if there is none. */
int reply_lines_next(const ReplyLines *lines, int i);

/* Lower case, single spaces, plain digits, no invisible characters; at most
 * `size` - 1 bytes. Returns: the length. */
size_t reply_normalise(const char *text, size_t length, char *out, size_t size);
bool reply_character_is_invisible(gunichar c);
/* Only -_=*~ and the like: a line that says nothing. */
bool reply_line_is_rule(const ReplyLine *line);
/* Reads as a sentence, not as a line of a business card. */
bool reply_line_is_sentence(const ReplyLine *line);

/* Has an address, a link or a telephone number. */
bool reply_line_has_contact(const ReplyLine *line);
bool reply_line_is_postscript(const ReplyLine *line);

/* How many lines from `i` on make an attribution; 0: none begins here. */
int reply_attribution_lines(ReplyLines *lines, int i);

/* The role of a separator line such as "-----Original Message-----"; 0. */
int reply_separator_role(ReplyLines *lines, int i);
/* How many lines from `i` on make the head of an older mail; 0. After a
 * separator less is asked of it. */
int reply_header_lines(ReplyLines *lines, int i, bool separated);
/* ReplyRole bits of the label before the colon; `out_value` may be NULL. */
int reply_header_label(const char *text, size_t length, const char **out_value);

bool reply_line_is_tagline(const ReplyLine *line);
bool reply_line_names_device(const ReplyLine *line);
bool reply_line_is_banner(const ReplyLine *line);
/* Does a paragraph begin at line `i` that a company puts under its mail? */
bool reply_lines_disclaim(ReplyLines *lines, int i);
int reply_line_signoff(const ReplyLine *line);
/* Mark signatures, taglines and disclaimers at the end of what the author
 * wrote before each quote. */
void reply_lines_sign(ReplyLines *lines);

/* Find answers inside the older mail, make them LINE_AUTHOR, and our own words
 * that nothing marked LINE_QUOTED. reply_inside.c tells how.
 * Returns: how many were found; -1: they are somewhere in there, all of it was
 * made LINE_AUTHOR. */
int reply_lines_inside(ReplyLines *lines, const ReplySource *source);
/* Says that answers are below, inside the older mail? */
bool reply_line_announces(const ReplyLine *line);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ReplyLines, reply_lines_free)

#endif
