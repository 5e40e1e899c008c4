/* SPDX-License-Identifier: Apache-2.0 */
/* document.h - a mail between its files and its program, inside templates/
 *
 *   files --tag_scan--> pieces --expand--> one Markdown text with marks
 *         --cmark--> tree --render--> Code
 *
 * A mark is a merge tag that stays alive: in the text it is a sentinel of
 * five private-use characters (U+E000, three digits U+E010..E019, U+E001),
 * which Markdown passes through everywhere. */
#ifndef TEMPLATES_DOCUMENT_H
#define TEMPLATES_DOCUMENT_H

#include "program.h"

#include "nurture/yaml.h"

/* What is scanned for tags, and where it stands in its file. */
typedef struct {
    const Source *source;
    const char *text;
    gsize length;
    gsize offset;          /* of text[0] in the source .. */
    const guint32 *places; /* .. or of each byte, if not in one piece */
} TagText;

gsize tag_place(const TagText *in, gsize at);

typedef enum { PIECE_TEXT, PIECE_SLOT, PIECE_BLOCK, PIECE_COMMENT } PieceKind;

typedef struct {
    PieceKind kind;
    gsize start, end;       /* with the braces */
    gsize inner, inner_end; /* without, and without space around */
} Piece;

/* Cut a text at its tags. Tags that are not closed (E201), empty (E202) and
 * other products' syntax (E212 W213) are reported; what cannot be used is a
 * comment. `fields` are the names W213 knows. */
GArray *tag_scan(const TagText *in, const char *const *fields,
                 Diagnostics *problems);

typedef enum {
    MARK_SLOT,
    MARK_IF,
    MARK_ELSIF,
    MARK_ELSE,
    MARK_END,
    MARK_COUNT, /* one more round of a loop over roles */
} MarkKind;

typedef enum {
    TEST_CONDITION, /* number `test` of the program */
    TEST_LIST,      /* field `test` has at least `count` values */
    TEST_BELOW,     /* register `test` is below `count` */
    TEST_PERIOD,    /* now is in period `test` of the program */
} TestKind;

typedef struct {
    MarkKind kind;
    guint slot;         /* MARK_SLOT */
    guint layout;       /* MARK_SLOT: LayoutSlot, or 0 */
    guint block;        /* the others: which {% if %} they belong to */
    TestKind test_kind; /* MARK_IF and MARK_ELSIF */
    guint test;
    guint count;
    const Source *source;
    gsize offset, length; /* the tag */
} Mark;

#define MARK_BYTES 15
#define MARKS_MAX  512

/* text[at..] is a mark: which? -1 = none. */
int mark_at(const char *text, gsize length, gsize at);

/* One stretch of the expanded text and its origin. */
typedef struct {
    gsize start; /* in the text, up to the next origin's start */
    const Source *source;
    gsize offset;
    const guint32 *places;
    gsize span; /* 0: byte for byte; else all of it stands for one tag */
} Origin;

typedef struct {
    GString *text;
    GArray *origins; /* Origin */
    GArray *marks;   /* Mark */
    bool is_full;    /* a limit was passed and reported */
} Expanded;

Expanded *expanded_new(void);
void expanded_free(Expanded *expanded);
/* Where text[at..at+length) came from. */
void expanded_place(const Expanded *expanded, gsize at, gsize length,
                    const Source **out_source, gsize *out_offset,
                    gsize *out_length);

typedef enum { TEXT_MARKDOWN, TEXT_LINE, TEXT_LAYOUT } TextKind;

typedef struct {
    const char *name;   /* loop variable */
    const Field *field; /* over a set: its value number .. */
    guint item;
    const YamlNode *role; /* .. or over roles: the settings of one */
} LoopVariable;

/* Everything a compile carries along. */
typedef struct {
    const TemplateContext *context;
    Diagnostics *problems;
    MailProgram *program;
    GTimeZone *zone;
    ExpressionScope scope;    /* of conditions in mails and layouts */
    GArray *statics;          /* StaticValue: the context's, and the language */
    const char *languages[2]; /* the language, as a StaticValue has it */
    GArray *loops;            /* LoopVariable */
    GPtrArray *guards;        /* Field: known not to be missing here */
    GPtrArray *snippets;      /* names of the open includes */
    GPtrArray *names;         /* every printable name, for did-you-mean */
    TextKind kind;
    guint next_block;
    guint next_register; /* of loops over roles; from the top down */
    guint depth;         /* of blocks */
    guint includes;      /* so far */
    guint errors;        /* there were before this compile .. */
    guint known;         /* .. and problems of all kinds */
} Compiler;

/* More problems than anybody reads: stop looking for more. */
#define PROBLEMS_ENOUGH 500
bool compiler_has_enough(const Compiler *compiler);

/* The slots only a layout has. Their Slot has no terms but this index. */
typedef enum {
    LAYOUT_SUBJECT = 1,
    LAYOUT_PREHEADER,
    LAYOUT_CONTENT,
    LAYOUT_SIGNATURE,
    LAYOUT_THEME, /* constant, may stand in a style attribute */
} LayoutSlot;

/* Parse and check the tag text[inner..inner_end). NULL when it is in error. */
Slot *slot_parse(Compiler *compiler, const TagText *in, const Piece *piece,
                 LayoutSlot *out_layout);

/* Replace tags by marks, include snippets, decide what can be decided. */
void expand(Compiler *compiler, const TagText *in, Expanded *out);

/* The first value of a static name, or NULL. Borrowed. */
const char *static_value(const TemplateContext *context, const char *name);

#endif
