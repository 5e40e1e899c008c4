/* SPDX-License-Identifier: Apache-2.0 */
/* inspection_pack.c - an Inspection through a pipe
 *
 * Both directions walk the same list of fields, so that none is forgotten in
 * one of them. Numbers are 8 bytes of this computer; a text is its length + 1
 * (0 = NULL) and its bytes. */
#include "inspection-pack.h"

#include <string.h>

enum { ITEMS_MAX = 2000 };

typedef struct {
    GByteArray *out; /* packing; NULL = unpacking */
    const guint8 *in;
    gsize left;
    bool broken;
} Pack;

static void
pack_number(Pack *p, int64_t *value)
{
    if (p->out) {
        g_byte_array_append(p->out, (const guint8 *)value, sizeof *value);
    } else if (p->left < sizeof *value) {
        p->broken = true;
        *value = 0;
    } else {
        memcpy(value, p->in, sizeof *value);
        p->in += sizeof *value;
        p->left -= sizeof *value;
    }
}

static void
pack_text(Pack *p, char **text)
{
    int64_t size = p->out && *text ? (int64_t)strlen(*text) + 1 : 0;

    pack_number(p, &size);
    if (size == 0)
        return;
    if (p->out) {
        g_byte_array_append(p->out, (const guint8 *)*text, (guint)size - 1);
    } else if (size < 0 || (guint64)size - 1 > p->left) {
        p->broken = true;
    } else {
        gsize length = (gsize)size - 1;
        if (memchr(p->in, '\0', length))
            p->broken = true;
        else
            *text = g_utf8_make_valid((const char *)p->in, (gssize)length);
        p->in += length;
        p->left -= length;
    }
}

static void
pack_flag(Pack *p, bool *flag)
{
    int64_t value = *flag;

    pack_number(p, &value);
    *flag = value != 0;
}

static void
pack_int(Pack *p, int *number, int least, int most)
{
    int64_t value = *number;

    pack_number(p, &value);
    if (value < least || value > most)
        p->broken = true;
    else
        *number = (int)value;
}

static void
pack_double(Pack *p, double *number)
{
    int64_t bits;

    memcpy(&bits, number, sizeof bits);
    pack_number(p, &bits);
    memcpy(number, &bits, sizeof bits);
}

static int64_t
pack_count(Pack *p, const GPtrArray *list)
{
    int64_t count = p->out ? MIN(list->len, ITEMS_MAX) : 0;

    pack_number(p, &count);
    if (count < 0 || count > ITEMS_MAX)
        p->broken = true;
    return p->broken ? 0 : count;
}

static void
pack_texts(Pack *p, GPtrArray *list)
{
    int64_t count = pack_count(p, list);

    for (int64_t i = 0; i < count && !p->broken; i++) {
        char *text = p->out ? list->pdata[i] : NULL;
        pack_text(p, &text);
        if (!p->out && text)
            g_ptr_array_add(list, text);
    }
}

/* Bytes as they came: a report that shall become a mail. */
static void
pack_reports(Pack *p, GPtrArray *list)
{
    int64_t count = pack_count(p, list);

    for (int64_t i = 0; i < count && !p->broken; i++) {
        int64_t size = p->out ? (int64_t)g_bytes_get_size(list->pdata[i]) : 0;

        pack_number(p, &size);
        if (p->out) {
            g_byte_array_append(p->out, g_bytes_get_data(list->pdata[i], NULL),
                                (guint)size);
        } else if (size < 0 || (guint64)size > p->left) {
            p->broken = true;
        } else {
            g_ptr_array_add(list, g_bytes_new(p->in, (gsize)size));
            p->in += size;
            p->left -= (gsize)size;
        }
    }
}

static void
pack_recipient(Pack *p, BouncedRecipient *r)
{
    char *reason = p->out ? (char *)r->reason : NULL;
    int action = (int)r->action;

    pack_text(p, &r->address);
    pack_text(p, &r->final);
    pack_text(p, &r->status);
    pack_text(p, &r->diagnostic);
    pack_text(p, &reason);
    pack_flag(p, &r->hard);
    pack_int(p, &action, BOUNCE_INFO, BOUNCE_SUPPRESS);
    pack_int(p, &r->action_count, 0, 1000);
    pack_text(p, &r->rule);
    r->action = (BounceAction)action;
    if (!p->out) {
        r->reason = g_intern_string(reason);
        g_free(reason);
    }
}

static void
pack_recipients(Pack *p, GPtrArray *list)
{
    int64_t count = pack_count(p, list);

    for (int64_t i = 0; i < count && !p->broken; i++) {
        BouncedRecipient *r =
            p->out ? list->pdata[i] : g_new0(BouncedRecipient, 1);
        pack_recipient(p, r);
        if (!p->out)
            g_ptr_array_add(list, r);
    }
}

static void
pack_inspection(Pack *p, Inspection *i)
{
    char **const texts[] = {&i->rule,
                            &i->auto_class,
                            &i->return_date,
                            &i->feedback_type,
                            &i->feedback_recipient,
                            &i->feedback_message_id,
                            &i->reply,
                            &i->intent,
                            &i->intent_also,
                            &i->intent_rule,
                            &i->from_address,
                            &i->from_name,
                            &i->subject,
                            &i->message_id,
                            &i->original_envelope_id,
                            &i->refused,
                            &i->new_address,
                            &i->colleague};
    bool *const flags[] = {&i->left_company, &i->erasure_asked_for,
                           &i->strong_optout, &i->quotes_older};
    GPtrArray *const lists[] = {i->feedback_others, i->message_ids,
                                i->addresses,       i->quoted_tokens,
                                i->trace,           i->returned_fields};
    int kind = (int)i->kind;

    pack_int(p, &kind, INSPECTION_OTHER, INSPECTION_BOUNCE);
    i->kind = (InspectionKind)kind;
    for (gsize n = 0; n < G_N_ELEMENTS(texts); n++)
        pack_text(p, texts[n]);
    for (gsize n = 0; n < G_N_ELEMENTS(flags); n++)
        pack_flag(p, flags[n]);
    for (gsize n = 0; n < G_N_ELEMENTS(lists); n++)
        pack_texts(p, lists[n]);
    pack_recipients(p, i->recipients);
    pack_reports(p, i->reports);
    pack_int(p, &i->unread_reports, 0, G_MAXINT);
    pack_double(p, &i->confidence);
    pack_number(p, &i->date);
    pack_int(p, &i->from_fields, 0, G_MAXINT);
}

GBytes *
inspection_pack(const Inspection *inspection)
{
    Pack p = {.out = g_byte_array_new()};

    pack_inspection(&p, (Inspection *)inspection);
    return g_byte_array_free_to_bytes(p.out);
}

Inspection *
inspection_unpack(GBytes *bytes)
{
    g_autoptr(Inspection) i = inspection_new();
    Pack p = {.in = g_bytes_get_data(bytes, NULL),
              .left = g_bytes_get_size(bytes)};

    pack_inspection(&p, i);
    if (p.broken || p.left > 0)
        return NULL;
    return g_steal_pointer(&i);
}
