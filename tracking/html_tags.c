/* SPDX-License-Identifier: Apache-2.0 */
/* html_tags.c - tags, attributes, and how mail programs mark a quote */
#include "html-tags.h"

#include "reply-text.h"

#include <glib.h>
#include <string.h>

typedef struct {
    char name[12];
    unsigned flags;
} Tag;

static const Tag tags[] = {
    [HTML_TAG_A] = {"a", 0},
    [HTML_TAG_BLOCKQUOTE] = {"blockquote", HTML_BLOCK},
    [HTML_TAG_BODY] = {"body", HTML_BLOCK},
    [HTML_TAG_BR] = {"br", HTML_VOID},
    [HTML_TAG_DIV] = {"div", HTML_BLOCK},
    [HTML_TAG_HR] = {"hr", HTML_BLOCK | HTML_VOID},
    [HTML_TAG_IMG] = {"img", HTML_VOID},
    [HTML_TAG_LI] = {"li", HTML_BLOCK},
    [HTML_TAG_OL] = {"ol", HTML_BLOCK},
    [HTML_TAG_P] = {"p", HTML_BLOCK | HTML_PARAGRAPH},
    [HTML_TAG_PRE] = {"pre", HTML_BLOCK},
    [HTML_TAG_TABLE] = {"table", HTML_BLOCK | HTML_FENCE},
    [HTML_TAG_TD] = {"td", HTML_FENCE},
    [HTML_TAG_TH] = {"th", HTML_FENCE},
    [HTML_TAG_TR] = {"tr", HTML_BLOCK},
    [HTML_TAG_UL] = {"ul", HTML_BLOCK},
    [HTML_TAG_NAMED] = {"address", HTML_BLOCK},
    {"article", HTML_BLOCK},
    {"aside", HTML_BLOCK},
    {"b", 0},
    {"big", 0},
    {"caption", HTML_BLOCK},
    {"center", HTML_BLOCK},
    {"code", 0},
    {"col", HTML_VOID},
    {"dd", HTML_BLOCK},
    {"del", 0},
    {"dl", HTML_BLOCK},
    {"dt", HTML_BLOCK},
    {"em", 0},
    {"embed", HTML_VOID},
    {"fieldset", HTML_BLOCK},
    {"figure", HTML_BLOCK},
    {"font", 0},
    {"footer", HTML_BLOCK},
    {"form", HTML_BLOCK},
    {"h1", HTML_BLOCK | HTML_PARAGRAPH},
    {"h2", HTML_BLOCK | HTML_PARAGRAPH},
    {"h3", HTML_BLOCK | HTML_PARAGRAPH},
    {"h4", HTML_BLOCK | HTML_PARAGRAPH},
    {"h5", HTML_BLOCK | HTML_PARAGRAPH},
    {"h6", HTML_BLOCK | HTML_PARAGRAPH},
    {"header", HTML_BLOCK},
    {"i", 0},
    {"iframe", HTML_RAW},
    {"input", HTML_VOID},
    {"ins", 0},
    {"label", 0},
    {"link", HTML_VOID},
    {"main", HTML_BLOCK},
    {"math", HTML_RAW},
    {"meta", HTML_VOID},
    {"nav", HTML_BLOCK},
    {"noframes", HTML_RAW},
    {"object", 0},
    {"s", 0},
    {"script", HTML_RAW},
    {"section", HTML_BLOCK},
    {"select", HTML_RAW},
    {"small", 0},
    {"span", 0},
    {"strike", 0},
    {"strong", 0},
    {"style", HTML_RAW},
    {"sub", 0},
    {"sup", 0},
    {"svg", HTML_RAW},
    {"tbody", 0},
    {"template", HTML_RAW},
    {"textarea", HTML_RAW},
    {"tfoot", 0},
    {"thead", 0},
    {"title", HTML_RAW},
    {"tt", 0},
    {"u", 0},
    {"wbr", HTML_VOID},
    {"xml", HTML_RAW},
};

G_STATIC_ASSERT(G_N_ELEMENTS(tags) <= HTML_TAG_MAX);

int
html_tag_find(const char *name, size_t length)
{
    if (length == 0 || length >= sizeof tags[0].name)
        return -1;
    for (int i = 0; i < (int)G_N_ELEMENTS(tags); i++) {
        if ((tags[i].name[0] == (name[0] | 0x20)) &&
            g_ascii_strncasecmp(tags[i].name, name, length) == 0 &&
            tags[i].name[length] == '\0')
            return i;
    }
    return -1;
}

unsigned
html_tag_flags(int tag)
{
    return tag < 0 ? 0 : tags[tag].flags;
}

const char *
html_tag_name(int tag)
{
    return tags[tag].name;
}

static HtmlSpan *
attribute_slot(HtmlAttributes *a, const char *name, size_t length)
{
    static const char *const names[] = {"class", "id",   "style", "name",
                                        "href",  "type", "alt",   "color"};
    HtmlSpan *const slots[] = {&a->class_, &a->id,   &a->style, &a->name,
                               &a->href,   &a->type, &a->alt,   &a->color};

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strlen(names[i]) == length &&
            g_ascii_strncasecmp(names[i], name, length) == 0)
            return slots[i];
    }
    return NULL;
}

/* The value at `at`, behind the '='. */
static const char *
value_parse(const char *at, const char *end, HtmlSpan *out, bool unclosed[2])
{
    if (at < end && (*at == '"' || *at == '\'')) {
        bool *lost = &unclosed[*at == '"'];
        const char *close =
            *lost ? NULL : memchr(at + 1, *at, (size_t)(end - at - 1));
        if (close) {
            *out = (HtmlSpan){at + 1, (size_t)(close - at - 1)};
            return close + 1;
        }
        *lost = true;
        at++;
    }
    out->at = at;
    while (at < end && !g_ascii_isspace(*at) && *at != '>')
        at++;
    out->length = (size_t)(at - out->at);
    return at;
}

const char *
html_attributes_parse(const char *at, const char *end, HtmlAttributes *out,
                      bool unclosed[2], size_t *steps)
{
    const char *begin = at;

    *out = (HtmlAttributes){0};
    while (at < end && *at != '>') {
        if (g_ascii_isspace(*at) || *at == '/') {
            at++;
            continue;
        }
        const char *name = at++;
        while (at < end && !g_ascii_isspace(*at) && *at != '=' && *at != '>' &&
               *at != '/')
            at++;
        size_t length = (size_t)(at - name);
        if (length == 6 && g_ascii_strncasecmp(name, "hidden", 6) == 0)
            out->hidden = true;
        while (at < end && g_ascii_isspace(*at))
            at++;
        if (at >= end || *at != '=')
            continue;
        at++;
        while (at < end && g_ascii_isspace(*at))
            at++;
        HtmlSpan value, *slot = attribute_slot(out, name, length);
        at = value_parse(at, end, &value, unclosed);
        if (slot && !slot->at)
            *slot = value;
    }
    *steps += (size_t)(at - begin);
    return at < end ? at + 1 : end;
}

/* Lower-case and without spaces, so that one spelling is looked for. */
static void
style_normalise(HtmlSpan style, char out[512])
{
    size_t n = 0;

    for (size_t i = 0; i < style.length && i < 2048 && n < 511; i++) {
        if (!g_ascii_isspace(style.at[i]))
            out[n++] = g_ascii_tolower(style.at[i]);
    }
    out[n] = '\0';
}

/* "0", "0px", "0.0pt", but not "0.75ex" or "05". */
static bool
length_is_zero(const char *at)
{
    if (*at != '0')
        return false;
    at += strspn(at, "0.");
    return !g_ascii_isdigit(*at);
}

bool
html_attributes_hide(const HtmlAttributes *a)
{
    char style[512];
    const char *p;

    if (a->hidden)
        return true;
    if (a->style.length == 0)
        return false;
    style_normalise(a->style, style);
    if (strstr(style, "display:none") || strstr(style, "visibility:hidden"))
        return true;
    /* A preheader is shrunk as well as hidden; alone, "font-size:0" is how
       some layouts remove the gap between columns. */
    p = strstr(style, "max-height:");
    if (p && length_is_zero(p + strlen("max-height:")))
        return true;
    p = strstr(style, "opacity:");
    return p && length_is_zero(p + strlen("opacity:"));
}

bool
html_attributes_preserve_space(const HtmlAttributes *a)
{
    char style[512];

    if (a->style.length == 0)
        return false;
    style_normalise(a->style, style);
    return strstr(style, "white-space:pre") != NULL &&
           !strstr(style, "white-space:pre-line");
}

bool
html_attributes_tight(const HtmlAttributes *a)
{
    char style[512];
    const char *p;

    if (a->class_.length >= 3 &&
        g_strstr_len(a->class_.at, (gssize)MIN(a->class_.length, 64), "Mso"))
        return true;
    if (a->style.length == 0)
        return false;
    style_normalise(a->style, style);
    p = strstr(style, "margin:");
    if (p && length_is_zero(p + strlen("margin:")))
        return true;
    p = strstr(style, "margin-bottom:");
    return p && length_is_zero(p + strlen("margin-bottom:"));
}

typedef struct {
    const char *word; /* of class or id (or name=); '*' at the end: a prefix */
    HtmlRole role;
} Mark;

/* Which program it is from stands behind each. */
static const Mark marks[] = {
    {"yahoo_quoted*", HTML_ROLE_QUOTE},                  /* Yahoo */
    {"moz-cite-prefix", HTML_ROLE_QUOTE},                /* Thunderbird */
    {"moz-forward-container", HTML_ROLE_QUOTE},          /* Thunderbird */
    {"olk_src_body_section", HTML_ROLE_QUOTE},           /* Outlook for Mac */
    {"mail-editor-reference-message*", HTML_ROLE_QUOTE}, /* Outlook 2023 */
    {"divrplyfwdmsg", HTML_ROLE_SPLIT}, /* Outlook on the web */
    {"stopspelling", HTML_ROLE_SPLIT},  /* Hotmail */
    {"zwchr", HTML_ROLE_SPLIT},         /* Zimbra */
    {"ms-outlook-mobile-body-separator-line", HTML_ROLE_SPLIT},
    {"zmail_extra*", HTML_ROLE_QUOTE},      /* Zoho */
    {"zm_replied*", HTML_ROLE_QUOTE},       /* Zoho */
    {"protonmail_quote", HTML_ROLE_QUOTE},  /* Proton */
    {"tutanota_quote", HTML_ROLE_QUOTE},    /* Tuta */
    {"history_container", HTML_ROLE_QUOTE}, /* Mailbird */
    {"mailbird_quote*", HTML_ROLE_QUOTE},   /* Mailbird */
    {"spark_quote", HTML_ROLE_QUOTE},       /* Spark */
    {"front-blockquote", HTML_ROLE_QUOTE},  /* Front */
    {"missive_quote", HTML_ROLE_QUOTE},     /* Missive */
    {"sh-quoted-content", HTML_ROLE_QUOTE}, /* Superhuman */
    {"superhuman-quote", HTML_ROLE_QUOTE},
    {"freshdesk_quote", HTML_ROLE_QUOTE}, /* Freshdesk */
    {"quotedreply", HTML_ROLE_QUOTE},     /* Zendesk */
    {"quoted-content", HTML_ROLE_QUOTE},
    {"quoted_text", HTML_ROLE_QUOTE},
    {"quotedtext", HTML_ROLE_QUOTE},
    {"mail-quote-collapse", HTML_ROLE_QUOTE}, /* Mail.ru */
    {"mail-app-auto-quote", HTML_ROLE_QUOTE}, /* Mail.ru */
    {"isreplycontent", HTML_ROLE_QUOTE},      /* NetEase */
    {"isforwardcontent", HTML_ROLE_QUOTE},    /* NetEase */
    {"reply-intro", HTML_ROLE_QUOTE},         /* Roundcube */
    {"gmail_signature", HTML_ROLE_SIGNATURE},
    {"gmail_signature_prefix", HTML_ROLE_SIGNATURE},
    {"moz-signature", HTML_ROLE_SIGNATURE},
    {"signature", HTML_ROLE_SIGNATURE}, /* Outlook on the web */
    {"ms-outlook-mobile-signature", HTML_ROLE_SIGNATURE},
    {"protonmail_signature_block*", HTML_ROLE_SIGNATURE},
    {"tutanota-signature", HTML_ROLE_SIGNATURE},
    {"zmail_signature*", HTML_ROLE_SIGNATURE},
    {"yahoo-signature", HTML_ROLE_SIGNATURE},
    {"-x-evo-signature*", HTML_ROLE_SIGNATURE}, /* Evolution */
    {"mailbird-signature", HTML_ROLE_SIGNATURE},
    {"front-signature", HTML_ROLE_SIGNATURE},
    {"hs_signature", HTML_ROLE_SIGNATURE}, /* HubSpot */
};

static bool
word_matches(const char *pattern, const char *word, size_t length)
{
    size_t n = strcspn(pattern, "*");
    bool prefix = pattern[n] == '*';

    return (prefix ? length >= n : length == n) &&
           g_ascii_strncasecmp(pattern, word, n) == 0;
}

/* Web mail renames what it shows: x_gmail_quote, yiv123gmail_quote,
   ydp12ab34cdyahoo_quoted. */
static void
word_strip(const char **word, size_t *length)
{
    size_t n = 0;

    while (*length > n + 2 && ((*word)[n] | 0x20) == 'x' &&
           (*word)[n + 1] == '_')
        n += 2;
    if (*length > n + 3 && strncmp(*word + n, "yiv", 3) == 0) {
        n += 3;
        while (n < *length && g_ascii_isdigit((*word)[n]))
            n++;
    } else if (*length > n + 11 && strncmp(*word + n, "ydp", 3) == 0 &&
               g_ascii_isxdigit((*word)[n + 3])) {
        n += 3;
        for (int i = 0; i < 8 && g_ascii_isxdigit((*word)[n]); i++)
            n++;
    }
    *word += n;
    *length -= n;
}

static HtmlRole
words_role(HtmlSpan words)
{
    size_t at = 0, limit = MIN(words.length, 256);

    while (at < limit) {
        size_t begin = at;
        while (at < limit && !g_ascii_isspace(words.at[at]))
            at++;
        const char *word = words.at + begin;
        size_t length = at - begin;
        word_strip(&word, &length);
        for (size_t i = 0; length > 0 && i < G_N_ELEMENTS(marks); i++) {
            if (word_matches(marks[i].word, word, length))
                return marks[i].role;
        }
        at++;
    }
    return HTML_ROLE_NONE;
}

static bool
span_is(HtmlSpan span, const char *word)
{
    return span.length == strlen(word) &&
           g_ascii_strncasecmp(span.at, word, span.length) == 0;
}

/* Gmail and old Outlook indent the author's own paragraphs with a blockquote
   that has a margin on the left, and no line. */
static bool
blockquote_is_indent(const HtmlAttributes *a, const char *style)
{
    return a->type.length == 0 && a->class_.length == 0 && a->id.length == 0 &&
           strstr(style, "margin:00040px") && strstr(style, "border:none");
}

HtmlRole
html_attributes_role(int tag, const HtmlAttributes *a)
{
    char style[512] = "";
    HtmlRole role;

    style_normalise(a->style, style);
    if (tag == HTML_TAG_BLOCKQUOTE)
        return blockquote_is_indent(a, style) ? HTML_ROLE_NONE
                                              : HTML_ROLE_QUOTE;
    role = words_role(a->class_);
    if (role == HTML_ROLE_NONE)
        role = words_role(a->id);
    if (role != HTML_ROLE_NONE)
        return role;
    if (tag != HTML_TAG_DIV)
        return HTML_ROLE_NONE;
    if (span_is(a->name, "quote")) /* GMX, Web.de */
        return HTML_ROLE_QUOTE;
    if (strstr(style, "border-left:") && strstr(style, "solid") &&
        strstr(style, "padding") && !strstr(style, "border-top:"))
        return HTML_ROLE_QUOTE;
    if (strstr(style, "border-top:solid") || strstr(style, "border-top:1"))
        return HTML_ROLE_RULE;
    return HTML_ROLE_NONE;
}

/* Black and greys are how mail is written when nobody chooses a colour. */
static int
colour_of_rgb(int red, int green, int blue)
{
    int most = MAX(red, MAX(green, blue)), least = MIN(red, MIN(green, blue));

    return most - least <= 0x18 ? REPLY_PAINT_PLAIN
                                : red << 16 | green << 8 | blue;
}

static int
colour_of_hex(const char *digits)
{
    int d[6], n = 0;

    while (n < 6 && (d[n] = g_ascii_xdigit_value(digits[n])) >= 0)
        n++;
    if (n == 6)
        return colour_of_rgb(d[0] * 16 + d[1], d[2] * 16 + d[3],
                             d[4] * 16 + d[5]);
    return n >= 3 ? colour_of_rgb(d[0] * 17, d[1] * 17, d[2] * 17)
                  : REPLY_PAINT_PLAIN;
}

/* "rgb(192,0,0)", "rgba(192,0,0,1)", without spaces */
static int
colour_of_function(const char *at)
{
    int value[3] = {0};

    for (int i = 0; i < 3; i++) {
        at += strcspn(at, "(,)");
        if (*at != (i == 0 ? '(' : ','))
            return REPLY_PAINT_PLAIN;
        value[i] = (int)MIN(g_ascii_strtoull(++at, NULL, 10), 255);
    }
    return colour_of_rgb(value[0], value[1], value[2]);
}

static int
colour_parse(const char *text)
{
    static const struct {
        const char *name;
        int colour;
    } names[] = {
        {"red", 0xff0000},      {"blue", 0x0000ff},   {"green", 0x008000},
        {"navy", 0x000080},     {"purple", 0x800080}, {"maroon", 0x800000},
        {"orange", 0xffa500},   {"teal", 0x008080},   {"brown", 0xa52a2a},
        {"darkblue", 0x00008b}, {"fuchsia", 0xff00ff}};
    size_t n = strcspn(text, ";!");

    if (*text == '#')
        return colour_of_hex(text + 1);
    if (strncmp(text, "rgb", 3) == 0)
        return colour_of_function(text);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strlen(names[i].name) == n &&
            g_ascii_strncasecmp(names[i].name, text, n) == 0)
            return names[i].colour;
    }
    return REPLY_PAINT_PLAIN;
}

int
html_attributes_colour(const HtmlAttributes *a, int inherited)
{
    char style[512];
    const char *p = style;

    if (a->style.length > 0) {
        style_normalise(a->style, style);
        for (; (p = strstr(p, "color:")) != NULL; p++) {
            if (p > style && p[-1] != ';')
                continue; /* background-color */
            p += strlen("color:");
            return strncmp(p, "inherit", 7) == 0 ? inherited : colour_parse(p);
        }
    }
    if (a->color.length == 0 || a->color.length > 20)
        return inherited;
    g_snprintf(style, sizeof style, "%.*s", (int)a->color.length, a->color.at);
    return colour_parse(style);
}
