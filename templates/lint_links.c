/* SPDX-License-Identifier: Apache-2.0 */
/* lint_links.c - links that lead nowhere, or where they should not */
#include "lint.h"

#include "nurture/text.h"

#include <string.h>

typedef struct {
    Compiler *compiler;
    const Tree *tree;
    cmark_node *node;
    const char *url;
    gsize at, length; /* of the address, in the text */
} LinkCheck;

static const char *const shorteners[] = {
    "bit.ly",  "t.co",    "tinyurl.com", "goo.gl",  "ow.ly", "is.gd",
    "buff.ly", "lnkd.in", "rebrand.ly",  "cutt.ly", "t.ly",  "shorturl.at",
    "rb.gy",   "v.gd",    "tiny.cc",     NULL,
};

static Diagnostic *report(const LinkCheck *check, const char *code,
                          gsize length, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

static Diagnostic *
report(const LinkCheck *check, const char *code, gsize length,
       const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list arguments;

    va_start(arguments, format);
    message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    return tree_report(check->tree, check->compiler->problems, code, check->at,
                       MIN(length, check->length), "%s", message);
}

static Diagnostic *
report_mark(const LinkCheck *check, const char *code, const Mark *mark,
            const char *message)
{
    return diagnostics_add(check->compiler->problems, code, mark->source,
                           mark->offset, mark->length, "%s", message);
}

/* The length of "https" in "https://..", 0 if there is no scheme. */
static gsize
scheme_length(const char *url)
{
    gsize i = 0;

    if (!g_ascii_isalpha(url[0]))
        return 0;
    while (g_ascii_isalnum(url[i]) || (url[i] && strchr("+.-", url[i])))
        i++;
    return url[i] == ':' ? i : 0;
}

static char *
host_of(const char *url)
{
    const char *start = strstr(url, "://"), *at;
    gsize length;
    char *host;

    if (!start)
        return g_strdup("");
    start += 3;
    length = strcspn(start, "/?#");
    at = memchr(start, '@', length);
    if (at) {
        length -= (gsize)(at + 1 - start);
        start = at + 1;
    }
    host = g_ascii_strdown(start, (gssize)length);
    if (strchr(host, ':') && host[0] != '[')
        *strchr(host, ':') = '\0';
    return host;
}

static bool
is_test_host(const char *host)
{
    static const char *const starts[] = {"127.", "10.", "192.168.", "0.0.0.0",
                                         "[::1]"};

    if (!strcmp(host, "localhost") || g_str_has_suffix(host, ".localhost") ||
        g_str_has_suffix(host, ".local"))
        return true;
    for (guint i = 0; i < G_N_ELEMENTS(starts); i++)
        if (g_str_has_prefix(host, starts[i]))
            return true;
    return false;
}

static void
check_host(const LinkCheck *check)
{
    g_autofree char *host = host_of(check->url);

    if (is_test_host(host))
        report(check, "E418", check->length, "this link points to '%s'", host);
    else if (g_strv_contains(shorteners, host))
        diagnostic_help(report(check, "W419", check->length,
                               "'%s' links are often treated as spam", host),
                        "clicks are counted without it; use the real "
                        "address");
}

static void
check_scheme(const LinkCheck *check)
{
    gsize length = scheme_length(check->url);
    g_autofree char *scheme = g_ascii_strdown(check->url, (gssize)length);

    if (check->url[0] == '#') {
        report(check, "W425", check->length,
               "links inside a mail (%s) do not work in Gmail on iPhones or "
               "in Yahoo's apps",
               check->url);
    } else if (length == 0) {
        Diagnostic *d = report(check, "E404", check->length,
                               "'%s' is not a full address", check->url);
        if (strchr("/.?", check->url[0])) /* the NUL of none included */
            diagnostic_note(d, "write it in full, with https:// and the site");
        else
            diagnostic_note(d, "write https://%s", check->url);
        if (g_str_has_prefix(check->url, "www."))
            diagnostic_fix(d, d->offset, 0, "https://");
    } else if (!strcmp(scheme, "http") &&
               cmark_node_get_type(check->node) == CMARK_NODE_LINK) {
        diagnostic_help(report(check, "W402", strlen("http://"),
                               "this link is not encrypted (http)"),
                        "use https://");
        check_host(check);
    } else if (!strcmp(scheme, "https")) {
        check_host(check);
    } else if (strcmp(scheme, "mailto") != 0 && strcmp(scheme, "tel") != 0) {
        report(check, "E403", check->length,
               "links may start with https, http, mailto or tel, not '%s'",
               scheme);
    }
}

/* Does text end behind the host of a web address? */
static bool
is_past_host(const char *text)
{
    const char *host = strstr(text, "://");

    return host && host[3] && !strchr("/?#", host[3]) &&
           strpbrk(host + 3, "/?#");
}

static void
check_slots(const LinkCheck *check, const GArray *parts)
{
    const MailProgram *program = check->compiler->program;
    g_autoptr(GString) before = g_string_new(NULL);

    for (guint i = 0; i < parts->len; i++) {
        const AddressPart *part = &g_array_index(parts, AddressPart, i);
        const Slot *slot;
        bool is_mail = g_str_has_prefix(before->str, "mailto:");
        if (part->slot < 0) {
            g_string_append_len(before, part->text, (gssize)part->length);
            continue;
        }
        slot = g_ptr_array_index(program->slots, part->slot);
        if (slot->has_email)
            diagnostic_help(report_mark(check, "W225", part->mark,
                                        "this link carries the candidate's "
                                        "e-mail address"),
                            "web servers log it; use {{ token }}, which means "
                            "the same person and nothing to anyone else");
        if (!is_past_host(before->str) && !(is_mail && slot->from_sender))
            diagnostic_note(report_mark(check, "E210", part->mark,
                                        "a merge field cannot choose the host "
                                        "of a link"),
                            "put it after the first '/' or '?'");
    }
}

static void
check_label(const LinkCheck *check)
{
    static const char *const empty_words[] = {
        "here",        "click here", "this",
        "this link",   "link",       "read more",
        "more",        "hier",       "klicken sie hier",
        "mehr",        "ici",        "cliquez ici",
        "aqu\xc3\xad", NULL,
    };
    g_autofree char *text = node_text(check->node);
    g_autofree char *lower = NULL;
    cmark_node *label = cmark_node_first_child(check->node);
    gsize at;

    if (!label)
        return;
    g_strstrip(text);
    lower = g_utf8_strdown(text, -1);
    if (!g_strv_contains(empty_words, lower))
        return;
    at = node_start(check->tree, label);
    diagnostic_note(tree_report(check->tree, check->compiler->problems, "W408",
                                at, strlen(text),
                                "'%s' says nothing when read on its own", text),
                    "name what is behind the link");
}

static void
check_link(Compiler *compiler, const Tree *tree, cmark_node *node)
{
    LinkCheck check = {compiler, tree, node, cmark_node_get_url(node), 0, 0};
    g_autoptr(GArray) parts = address_parts(tree, compiler->program, check.url);
    const AddressPart *first =
        parts->len > 0 ? &g_array_index(parts, AddressPart, 0) : NULL;

    node_url_place(tree, node, &check.at, &check.length);
    check_label(&check);
    if (address_own_link(parts, compiler->program))
        return;
    check_slots(&check, parts);
    if (!first || first->slot < 0)
        check_scheme(&check);
}

void
lint_links(Compiler *compiler, const Tree *tree)
{
    lint_each(compiler, tree, CMARK_NODE_LINK, check_link);
}
