/* SPDX-License-Identifier: Apache-2.0 */
/* foreign.c - merge tags of other products, which we would send as they stand
 */
#include "foreign.h"

#include <string.h>

#define FOREIGN_MAX 80 /* bytes a foreign tag may have */

typedef struct {
    const char *open, *close, *product;
} ForeignForm;

static const ForeignForm forms[] = {
    {"*|", "|*", "Mailchimp"},      {"%%", "%%", "Salesforce"},
    {"<<", ">>", "mail-merge"},     {"{contactfield=", "}", "Mautic"},
    {"{leadfield=", "}", "Mautic"}, {"${", "}", "script"},
};

static const char *const bracketed[] = {
    "FNAME",      "LNAME",     "FIRSTNAME",  "LASTNAME", "FIRST_NAME",
    "LAST_NAME",  "FULLNAME",  "FULL_NAME",  "NAME",     "EMAIL",
    "First Name", "Last Name", "FIRST NAME", "Name",     "firstname",
    "lastname",   "JOBTITLE",  "COMPANY",    NULL,
};

/* What may stand between another product's marks. */
static bool
is_word_byte(char c)
{
    return g_ascii_isalnum(c) || (c && strchr("_.:- =|", c) != NULL);
}

static gsize
match_form(const ForeignForm *form, const char *text, gsize length, gsize at)
{
    gsize open = strlen(form->open), close = strlen(form->close);
    gsize i = at + open;

    if (at + open > length || memcmp(text + at, form->open, open) != 0)
        return 0;
    while (i + close <= length && i - at < FOREIGN_MAX) {
        if (i > at + open && !memcmp(text + i, form->close, close))
            return i + close - at;
        if (!is_word_byte(text[i]) || (i == at + open && text[i] == ' '))
            return 0;
        i++;
    }
    return 0;
}

/* [FNAME], but neither [a link](..) nor [a][b] nor [a]: definition. */
static gsize
match_bracketed(const char *text, gsize length, gsize at)
{
    if (text[at] != '[' || (at > 0 && strchr("]!", text[at - 1])))
        return 0;
    for (const char *const *word = bracketed; *word; word++) {
        gsize size = strlen(*word), end = at + 1 + size;
        if (end >= length || memcmp(text + at + 1, *word, size) != 0 ||
            text[end] != ']')
            continue;
        if (end + 1 < length && strchr("([:", text[end + 1]))
            return 0;
        return size + 2;
    }
    return 0;
}

gsize
foreign_at(const char *text, gsize length, gsize at, const char **out_product)
{
    gsize found;

    if (!strchr("*%<{$[", text[at]) || text[at] == '\0')
        return 0;
    for (guint i = 0; i < G_N_ELEMENTS(forms); i++) {
        found = match_form(&forms[i], text, length, at);
        if (found > 0) {
            *out_product = forms[i].product;
            return found;
        }
    }
    *out_product = "mail-merge";
    return match_bracketed(text, length, at);
}

gsize
foreign_single_braces(const char *text, gsize length, gsize at)
{
    gsize i = at + 1;

    if (text[at] != '{' || (at > 0 && strchr("])}", text[at - 1])))
        return 0;
    while (i < length && (g_ascii_isalnum(text[i]) || text[i] == '_'))
        i++;
    return i > at + 1 && i < length && text[i] == '}' ? i + 1 - at : 0;
}

bool
foreign_in_slot(const char *inner, gsize length)
{
    return length > 1 && inner[0] == '.' && g_ascii_isalpha(inner[1]);
}

/* The tag of ours that most likely says the same. */
static const char *
our_form(const char *theirs)
{
    g_autofree char *lower = g_ascii_strdown(theirs, -1);

    if (strstr(lower, "unsub"))
        return "{{ links.unsubscribe }}";
    if (strstr(lower, "email"))
        return "{{ email }}";
    if (strstr(lower, "lname") || strstr(lower, "last"))
        return "{{ last_name or \"\" }}";
    if (strstr(lower, "company"))
        return "{{ employer or \"your company\" }}";
    if (strstr(lower, "job"))
        return "{{ job_title or \"your field\" }}";
    return "{{ first_name or \"there\" }}";
}

void
foreign_report(Diagnostics *problems, const Source *source, gsize offset,
               const char *text, gsize length, const char *product)
{
    g_autofree char *tag = g_strndup(text, length);
    Diagnostic *d = diagnostics_add(
        problems, "E212", source, offset, length,
        "'%s' is %s syntax and would be sent as it stands", tag, product);

    diagnostic_help(d, "here it is %s", our_form(tag));
}
