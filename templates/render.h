/* SPDX-License-Identifier: Apache-2.0 */
/* render.h - what the two renderers share */
#ifndef TEMPLATES_RENDER_H
#define TEMPLATES_RENDER_H

#include "tree.h"

typedef struct {
    guint test;   /* the jump that leaves the open branch; NO_OP = none */
    GArray *ends; /* jumps to the end of the block */
} OpenBlock;

typedef struct Renderer Renderer;

/* What HTML and text write differently. */
typedef struct {
    Context context; /* of words */
    void (*inline_node)(Renderer *r, cmark_node *node);
    void (*block)(Renderer *r, cmark_node *node, bool tight);
    /* Lists `first` to `last` with block tags between them, as one. */
    void (*list_run)(Renderer *r, cmark_node *first, cmark_node *last);
} RenderForm;

struct Renderer {
    const RenderForm *form; /* render_html() and render_text() set it */
    const Tree *tree;
    MailProgram *program;
    const Workspace *workspace;
    const TemplateFiles *files; /* NULL: no picture is looked at */
    Code *code;
    bool is_html;
    bool untracked;
    bool break_lines;   /* a line end in the file is one in the mail */
    GHashTable *blocks; /* number -> OpenBlock */
    guint registers;    /* in use */
    GString *prefix;    /* text: what every line starts with */
    bool lead_written;  /* text: .. but not this one */
    int depth;          /* html: of lists */
    char *font, *colour, *accent; /* of the theme, safe in an attribute */
    const char *on_accent;        /* colour readable on the accent */
    int width;
};

void renderer_init(Renderer *r, const Tree *tree, MailProgram *program,
                   bool is_html, bool untracked);
void renderer_clear(Renderer *r);

void render_literal(Renderer *r, const char *text);
/* Text with marks in it: slots are written for `context`, block tags become
 * jumps. Line ends are kept if `is_code`. */
void render_marked(Renderer *r, const char *text, Context context,
                   bool is_code);
void render_mark(Renderer *r, const Mark *mark, Context context);
/* The address of a link. */
void render_address(Renderer *r, cmark_node *link);

/* What is in a node, in this renderer's form. */
void render_inlines(Renderer *r, cmark_node *node);
void render_children(Renderer *r, cmark_node *node, bool tight);
/* Only the block tags of a paragraph that holds nothing else. */
void render_markers(Renderer *r, cmark_node *node);

void render_html(Renderer *r); /* the whole tree */
void render_text(Renderer *r);

/* A theme's value, so that it cannot leave a style attribute. */
char *style_value(const char *value, const char *standard);
/* Write a value for its place. */
void context_append(GString *out, Context context, const char *value);
/* The slot as it reads for everybody, or NULL. Borrowed. */
const char *slot_constant(const Slot *slot);
/* The slot into `code`: a literal if it is the same for everybody. */
void code_slot(Code *code, const MailProgram *program, guint slot,
               Context context);
/* May a link go there (https http mailto tel, or a place in the mail)? */
bool address_is_allowed(const char *url);

#endif
