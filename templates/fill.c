/* SPDX-License-Identifier: Apache-2.0 */
/* fill.c - running a program with one person's values */
#include "render.h"

#include "nurture/text.h"

#include <string.h>

#define TOKEN_TEXT 128

typedef struct {
    const MailProgram *program;
    const MailRow *row;
    MailOutput *out;
    const Sender *sender;
    GString *value, *link; /* scratch */
    bool *link_reported;
} Fill;

/* The nth of a list's values, into `value`. */
static const char *
list_item(const char *list, guint item, GString *value)
{
    const char *start = list, *end;

    while (--item > 0 && start) {
        start = strchr(start, '\x1f');
        start = start ? start + 1 : NULL;
    }
    if (!start)
        return NULL;
    end = strchr(start, '\x1f');
    g_string_truncate(value, 0);
    g_string_append_len(value, start, end ? end - start : -1);
    return value->str;
}

static const char *
sender_part(const Fill *fill, TermKind kind)
{
    const Sender *sender = fill->sender;

    if (!sender)
        return NULL;
    return kind == TERM_SENDER_NAME    ? sender->name
           : kind == TERM_SENDER_EMAIL ? sender->email
           : kind == TERM_SENDER_TITLE ? sender->title
                                       : sender->phone;
}

static const char *
or_placeholder(const char *url)
{
    return url ? url : "#";
}

/* What the term says before its filters; NULL if nothing. */
/* The person's own sentence, in the mail's language if it is known there. */
static const char *
reason(const Fill *fill)
{
    const MailProgram *program = fill->program;
    const char *why = fill->row->why, *known = NULL;

    if (text_is_blank(why))
        return program->why;
    if (program->reasons)
        known = g_hash_table_lookup(program->reasons, why);
    return known ? known : why;
}

static const char *
term_raw(const Fill *fill, const Term *term)
{
    const MailRow *row = fill->row;
    const char *value;

    switch (term->kind) {
    case TERM_TEXT:
        return term->text;
    case TERM_FIELD:
        value = row->values ? row->values[term->index] : NULL;
        return value && term->item > 0
                   ? list_item(value, term->item, fill->value)
                   : value;
    case TERM_SENDER_NAME:
    case TERM_SENDER_EMAIL:
    case TERM_SENDER_TITLE:
    case TERM_SENDER_PHONE:
        return sender_part(fill, term->kind);
    case TERM_UNSUBSCRIBE:
        return or_placeholder(row->unsubscribe_url);
    case TERM_PREFERENCES:
        return or_placeholder(row->preferences_url);
    case TERM_VIEW:
        return or_placeholder(row->view_url);
    case TERM_INTERESTED:
        return or_placeholder(row->interested_url);
    case TERM_PRIVACY:
        return row->privacy_url
                   ? row->privacy_url
                   : or_placeholder(
                         fill->program->workspace->legal.privacy_url);
    case TERM_TOKEN:
        return row->token ? row->token : "";
    case TERM_TODAY:
        g_string_printf(fill->value, "%" G_GINT64_FORMAT, row->now);
        return fill->value->str;
    case TERM_WHY:
        return reason(fill);
    case TERM_NOTICE:
        return row->notice ? row->notice : "";
    default:
        return NULL;
    }
}

/* The term as it reads, or NULL when it is missing. */
static const char *
term_value(const Fill *fill, const Term *term)
{
    const char *raw = term_raw(fill, term);
    FieldType type = term->item > 0 ? FIELD_TEXT : term->type;
    GTimeZone *zone =
        fill->row->zone ? fill->row->zone : fill->program->workspace->zone;
    Filter date = {FILTER_DATE, (char *)DATE_PATTERN, 0};

    if (text_is_blank(raw))
        return NULL;
    if (term->filters->len == 0 && type != FIELD_DATE)
        return raw;
    if (raw != fill->value->str)
        g_string_assign(fill->value, raw);
    if (term->filters->len == 0)
        filter_apply(&date, &type, fill->value, zone, fill->program->language);
    for (guint i = 0; i < term->filters->len; i++)
        filter_apply(&g_array_index(term->filters, Filter, i), &type,
                     fill->value, zone, fill->program->language);
    return text_is_blank(fill->value->str) ? NULL : fill->value->str;
}

static void
write_slot(Fill *fill, guint index, Context context, GString *out)
{
    const Slot *slot = g_ptr_array_index(fill->program->slots, index);

    for (guint i = 0; i < slot->terms->len; i++) {
        const Term *term = g_ptr_array_index(slot->terms, i);
        const char *value = term_value(fill, term);
        if (!value && term->kind == TERM_TEXT && i > 0)
            value = term->text ? term->text : ""; /* or "" */
        if (!value)
            continue;
        if (i > 0)
            fill->out->used_fallback = true;
        context_append(out, context, value);
        return;
    }
    if (slot->skip && !fill->out->skipped_for)
        fill->out->skipped_for = slot->name;
}

static void run_code(Fill *fill, const Code *code, GString *out);

/* The address itself, into fill->link. */
static const char *
link_url(Fill *fill, guint index)
{
    const Link *link = g_ptr_array_index(fill->program->links, index);

    if (link->url)
        return address_is_allowed(link->url) ? link->url : "#";
    g_string_truncate(fill->link, 0);
    run_code(fill, link->code, fill->link);
    if (!fill->link_reported[index]) {
        MailLink mine = {index, g_strdup(fill->link->str)};
        g_array_append_val(fill->out->links, mine);
        fill->link_reported[index] = true;
    }
    return fill->link->str;
}

static void
write_link(Fill *fill, guint index, Context context, GString *out)
{
    const char *url = link_url(fill, index);
    char token[TOKEN_TEXT] = "";

    if (fill->row->click_base && fill->row->click_token) {
        fill->row->click_token(index, token, sizeof token, fill->row->data);
        context_append(out, context, fill->row->click_base);
        context_append(out, context, token);
    } else {
        context_append(out, context, url);
    }
}

static void
write_signature(Fill *fill, Context context, GString *out)
{
    const GPtrArray *all = fill->program->signatures;

    for (guint i = 0; i < all->len; i++) {
        const Signature *signature = g_ptr_array_index(all, i);
        const GString *form =
            context == CONTEXT_HTML ? signature->html : signature->text;
        if (signature->sender == fill->sender) {
            g_string_append_len(out, form->str, (gssize)form->len);
            return;
        }
    }
    if (fill->sender && fill->sender->name)
        context_append(out, context, fill->sender->name);
}

/* For whoever follows every link: nobody sees it, hears it or tabs to it. */
static void
write_trap(const Fill *fill, GString *out)
{
    if (!fill->row->trap_url)
        return;
    g_string_append(out, "<a href=\"");
    html_append_text(out, fill->row->trap_url);
    g_string_append(out, "\" aria-hidden=\"true\" tabindex=\"-1\" "
                         "style=\"display:none\"></a>");
}

static void
write_pixel(const Fill *fill, GString *out)
{
    write_trap(fill, out);
    if (!fill->row->pixel_url)
        return;
    g_string_append(out, "<img src=\"");
    html_append_text(out, fill->row->pixel_url);
    g_string_append(out, "\" alt=\"\" width=\"1\" height=\"1\" "
                         "style=\"display:block;border:0\">");
}

static bool
has_fewer(const Fill *fill, guint field, guint count)
{
    const char *value = fill->row->values ? fill->row->values[field] : NULL;

    return list_count(value) < count;
}

static bool
is_closed(const Fill *fill, guint index)
{
    const Period *period =
        &g_array_index(fill->program->periods, Period, index);
    int64_t now = fill->row->now;

    return now != 0 && (now < period->from || now >= period->to);
}

static void
run_code(Fill *fill, const Code *code, GString *out)
{
    guint registers[REGISTERS] = {0};
    guint at = 0;

    while (at < code->ops->len) {
        const Op *op = &g_array_index(code->ops, Op, at++);
        switch ((OpKind)op->kind) {
        case OP_LITERAL:
            g_string_append_len(out, code->literals->str + op->a, op->b);
            break;
        case OP_SLOT:
            write_slot(fill, op->id, op->context, out);
            break;
        case OP_LINK:
            write_link(fill, op->id, op->context, out);
            break;
        case OP_SIGNATURE:
            write_signature(fill, op->context, out);
            break;
        case OP_PIXEL:
            write_pixel(fill, out);
            break;
        case OP_JUMP:
            at = op->a;
            break;
        case OP_JUMP_FALSE:
            at = fill->row->conditions && fill->row->conditions[op->id] ? at
                                                                        : op->a;
            break;
        case OP_JUMP_FEWER:
            at = has_fewer(fill, op->id, op->b) ? op->a : at;
            break;
        case OP_JUMP_ZERO:
            at = registers[op->id] == 0 ? op->a : at;
            break;
        case OP_JUMP_SET:
            at = registers[op->id] != 0 ? op->a : at;
            break;
        case OP_JUMP_REACHED:
            at = registers[op->id] >= op->b ? op->a : at;
            break;
        case OP_JUMP_CLOSED:
            at = is_closed(fill, op->id) ? op->a : at;
            break;
        case OP_COUNT:
            registers[op->id]++;
            break;
        case OP_SET:
            registers[op->id] = op->b;
            break;
        case OP_NUMBER:
            g_string_append_printf(out, "%u", registers[op->id]++);
            break;
        }
    }
}

static void
link_clear(gpointer data)
{
    g_free(((MailLink *)data)->url);
}

void
mail_output_init(MailOutput *out)
{
    out->subject = g_string_new(NULL);
    out->preheader = g_string_new(NULL);
    out->html = g_string_sized_new(8192);
    out->text = g_string_sized_new(4096);
    out->links = g_array_new(FALSE, TRUE, sizeof(MailLink));
    g_array_set_clear_func(out->links, link_clear);
    out->skipped_for = NULL;
    out->used_fallback = false;
}

void
mail_output_clear(MailOutput *out)
{
    if (!out->subject)
        return;
    g_string_free(out->subject, TRUE);
    g_string_free(out->preheader, TRUE);
    g_string_free(out->html, TRUE);
    g_string_free(out->text, TRUE);
    g_array_unref(out->links);
    out->subject = NULL;
}

/* Conditions leave empty lines behind: none at the ends, at most one inside. */
static void
tidy_text(GString *text)
{
    gsize to = 0, breaks = 2;
    bool tidy = text->str[0] != '\n' && !strstr(text->str, "\n\n\n");

    if (tidy)
        to = text->len;
    for (gsize i = tidy ? text->len : 0; i < text->len; i++) {
        breaks = text->str[i] == '\n' ? breaks + 1 : 0;
        if (breaks <= 2)
            text->str[to++] = text->str[i];
    }
    while (to > 0 && text->str[to - 1] == '\n')
        to--;
    g_string_truncate(text, to);
    g_string_append_c(text, '\n');
}

bool
mail_fill(const MailProgram *program, const MailRow *row, MailOutput *out)
{
    g_autoptr(GString) value = g_string_sized_new(256);
    g_autoptr(GString) link = g_string_sized_new(256);
    g_autofree bool *reported = g_new0(bool, program->links->len + 1);
    Fill fill = {
        program, row,  out,     row->sender ? row->sender : program->sender,
        value,   link, reported};

    g_string_truncate(out->subject, 0);
    g_string_truncate(out->preheader, 0);
    g_string_truncate(out->html, 0);
    g_string_truncate(out->text, 0);
    g_array_set_size(out->links, 0);
    out->skipped_for = NULL;
    out->used_fallback = false;
    run_code(&fill, program->subject, out->subject);
    run_code(&fill, program->preheader, out->preheader);
    run_code(&fill, program->html, out->html);
    run_code(&fill, program->text, out->text);
    tidy_text(out->text);
    return out->skipped_for == NULL;
}
