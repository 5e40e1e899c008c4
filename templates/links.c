/* SPDX-License-Identifier: Apache-2.0 */
/* links.c - the addresses of links: constant, per person, or our own */
#include "links.h"

#include <string.h>

GArray *
address_parts(const Tree *tree, const MailProgram *program, const char *url)
{
    GArray *parts = g_array_new(FALSE, TRUE, sizeof(AddressPart));
    gsize length = strlen(url), start = 0, i = 0;
    AddressPart part;

    while (i <= length) {
        int number = i < length ? mark_at(url, length, i) : -1;
        const Mark *mark;
        if (i < length && number < 0) {
            i++;
            continue;
        }
        part = (AddressPart){url + start, i - start, -1, NULL};
        if (part.length > 0)
            g_array_append_val(parts, part);
        if (i == length)
            break;
        mark = &g_array_index(tree->doc->marks, Mark, number);
        if (mark->kind == MARK_SLOT) {
            part = (AddressPart){NULL, 0, (int)mark->slot, mark};
            part.text =
                slot_constant(g_ptr_array_index(program->slots, mark->slot));
            part.length = part.text ? strlen(part.text) : 0;
            g_array_append_val(parts, part);
        }
        i += MARK_BYTES;
        start = i;
    }
    return parts;
}

char *
address_constant(const GArray *parts, const MailProgram *program)
{
    g_autoptr(GString) out = g_string_new(NULL);

    for (guint i = 0; i < parts->len; i++) {
        const AddressPart *part = &g_array_index(parts, AddressPart, i);
        const Slot *slot = part->slot >= 0
                               ? g_ptr_array_index(program->slots, part->slot)
                               : NULL;
        if (slot && (!part->text || slot->is_own_link))
            return NULL;
        if (slot && !(slot->whole_url && parts->len == 1))
            context_append(out, CONTEXT_URL_PART, part->text);
        else
            g_string_append_len(out, part->text, (gssize)part->length);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

const Slot *
address_own_link(const GArray *parts, const MailProgram *program)
{
    const AddressPart *first;
    const Slot *slot;

    if (parts->len != 1)
        return NULL;
    first = &g_array_index(parts, AddressPart, 0);
    if (first->slot < 0)
        return NULL;
    slot = g_ptr_array_index(program->slots, first->slot);
    return slot->whole_url ? slot : NULL;
}

/* The address with `escape` for its literal parts. */
static Code *
address_code(const GArray *parts, const MailProgram *program, Context escape)
{
    Code *code = code_new();
    bool is_mail = false;

    for (guint i = 0; i < parts->len; i++) {
        const AddressPart *part = &g_array_index(parts, AddressPart, i);
        g_autoptr(GString) text = g_string_new(NULL);
        g_autofree char *literal = g_strndup(part->text, part->length);
        if (i == 0 && part->slot < 0)
            is_mail = !g_ascii_strncasecmp(part->text, "mailto:", 7);
        if (part->slot >= 0) {
            code_slot(code, program, (guint)part->slot,
                      is_mail ? CONTEXT_MAILBOX : CONTEXT_URL_PART);
            continue;
        }
        context_append(text, escape, literal);
        code_literal(code, text->str, (gssize)text->len);
    }
    return code;
}

/* What a slot reads, in words no address holds. */
static void
append_slot_key(GString *out, const Slot *slot)
{
    for (guint i = 0; i < slot->terms->len; i++) {
        const Term *term = g_ptr_array_index(slot->terms, i);
        g_string_append_printf(out, "{%d %u %u %s", (int)term->kind,
                               term->index, term->item,
                               term->text ? term->text : "");
        for (guint f = 0; f < term->filters->len; f++) {
            const Filter *filter = &g_array_index(term->filters, Filter, f);
            g_string_append_printf(out, "|%d %d %s", (int)filter->kind,
                                   filter->number,
                                   filter->text ? filter->text : "");
        }
        g_string_append_c(out, '}');
    }
}

/* Two links with the same key lead everybody to the same place. */
static char *
address_key(const GArray *parts, const MailProgram *program)
{
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < parts->len; i++) {
        const AddressPart *part = &g_array_index(parts, AddressPart, i);
        if (part->slot < 0)
            g_string_append_len(out, part->text, (gssize)part->length);
        else
            append_slot_key(out, g_ptr_array_index(program->slots, part->slot));
    }
    return g_string_free(out, FALSE);
}

static guint
add_link(MailProgram *program, const GArray *parts)
{
    g_autofree char *key = address_key(parts, program);
    Link *link;

    for (guint i = 0; i < program->links->len; i++) {
        link = g_ptr_array_index(program->links, i);
        if (!strcmp(link->key, key))
            return i;
    }
    link = g_new0(Link, 1);
    link->key = g_steal_pointer(&key);
    link->url = address_constant(parts, program);
    if (!link->url)
        link->code = address_code(parts, program, CONTEXT_PLAIN);
    g_ptr_array_add(program->links, link);
    return program->links->len - 1;
}

static bool
is_web_address(const GArray *parts)
{
    const AddressPart *first;

    if (parts->len == 0)
        return false;
    first = &g_array_index(parts, AddressPart, 0);
    return first->text && (!g_ascii_strncasecmp(first->text, "https://", 8) ||
                           !g_ascii_strncasecmp(first->text, "http://", 7));
}

void
render_address(Renderer *r, cmark_node *link)
{
    g_autoptr(GArray) parts =
        address_parts(r->tree, r->program, cmark_node_get_url(link));
    g_autofree char *constant = address_constant(parts, r->program);
    const Slot *whole = address_own_link(parts, r->program);
    Context escape = r->is_html ? CONTEXT_HTML : CONTEXT_PLAIN;
    g_autoptr(Code) code = NULL;
    g_autoptr(GString) text = g_string_new(NULL);

    if (whole && !constant) {
        code_op(r->code, OP_SLOT, r->is_html ? CONTEXT_URL_HTML : CONTEXT_URL,
                (guint)g_array_index(parts, AddressPart, 0).slot, 0, 0);
    } else if (is_web_address(parts) && !r->untracked &&
               !(node_suffix(link) & SUFFIX_NOTRACK)) {
        code_op(r->code, OP_LINK, escape, add_link(r->program, parts), 0, 0);
    } else if (constant) {
        context_append(text, escape,
                       address_is_allowed(constant) ? constant : "#");
        code_literal(r->code, text->str, (gssize)text->len);
    } else {
        code = address_code(parts, r->program, escape);
        code_append(r->code, code);
    }
}
