/* SPDX-License-Identifier: Apache-2.0 */
/* expanded.c - one text made of several files, and where its bytes came from */
#include "expanded.h"

#include <string.h>

Expanded *
expanded_new(void)
{
    Expanded *expanded = g_new0(Expanded, 1);

    expanded->text = g_string_new(NULL);
    expanded->origins = g_array_new(FALSE, FALSE, sizeof(Origin));
    expanded->marks = g_array_new(FALSE, FALSE, sizeof(Mark));
    return expanded;
}

void
expanded_free(Expanded *expanded)
{
    if (!expanded)
        return;
    g_string_free(expanded->text, TRUE);
    g_array_unref(expanded->origins);
    g_array_unref(expanded->marks);
    g_free(expanded);
}

static void
add_origin(Expanded *out, const TagText *in, gsize at, gsize span)
{
    Origin origin = {out->text->len, in->source, tag_place(in, at), NULL, span};

    if (span == 0 && in->places)
        origin.places = in->places + at;
    g_array_append_val(out->origins, origin);
}

void
expanded_copy(Expanded *out, const TagText *in, gsize from, gsize to)
{
    if (from >= to)
        return;
    add_origin(out, in, from, 0);
    g_string_append_len(out->text, in->text + from, (gssize)(to - from));
}

void
expanded_insert(Expanded *out, const TagText *in, gsize from, gsize to,
                const char *text, gssize length)
{
    add_origin(out, in, from, MAX(to - from, 1));
    g_string_append_len(out->text, text, length);
}

bool
expanded_mark(Expanded *out, const TagText *in, gsize from, gsize to, Mark mark)
{
    char sentinel[MARK_BYTES + 1] = "\xee\x80\x80\xee\x80\x90\xee\x80\x90"
                                    "\xee\x80\x90\xee\x80\x81";
    guint number = out->marks->len;

    if (number >= MARKS_MAX)
        return false;
    mark.source = in->source;
    mark.offset = tag_place(in, from);
    mark.length = tag_place(in, to) - mark.offset;
    g_array_append_val(out->marks, mark);
    sentinel[5] = (char)(sentinel[5] + (char)(number / 100));
    sentinel[8] = (char)(sentinel[8] + (char)(number / 10 % 10));
    sentinel[11] = (char)(sentinel[11] + (char)(number % 10));
    expanded_insert(out, in, from, to, sentinel, MARK_BYTES);
    return true;
}

int
mark_at(const char *text, gsize length, gsize at)
{
    const guchar *b = (const guchar *)text + at;
    int number = 0;

    if (at + MARK_BYTES > length || b[0] != 0xee || b[1] != 0x80 ||
        b[2] != 0x80)
        return -1;
    for (int i = 1; i <= 3; i++) {
        if (b[3 * i] != 0xee || b[3 * i + 1] != 0x80 || b[3 * i + 2] < 0x90 ||
            b[3 * i + 2] > 0x99)
            return -1;
        number = number * 10 + (b[3 * i + 2] - 0x90);
    }
    return b[12] == 0xee && b[13] == 0x80 && b[14] == 0x81 ? number : -1;
}

/* The origin that text[at] belongs to. */
static const Origin *
find_origin(const Expanded *expanded, gsize at)
{
    guint low = 0, high = expanded->origins->len;

    while (high - low > 1) {
        guint middle = (low + high) / 2;
        if (g_array_index(expanded->origins, Origin, middle).start <= at)
            low = middle;
        else
            high = middle;
    }
    return &g_array_index(expanded->origins, Origin, low);
}

static gsize
origin_place(const Origin *origin, gsize at)
{
    if (origin->span > 0)
        return origin->offset;
    return origin->places ? origin->places[at - origin->start]
                          : origin->offset + (at - origin->start);
}

void
expanded_place(const Expanded *expanded, gsize at, gsize length,
               const Source **out_source, gsize *out_offset, gsize *out_length)
{
    const Origin *first, *last;
    gsize start, end;

    if (expanded->origins->len == 0) {
        *out_source = NULL;
        return;
    }
    first = find_origin(expanded, at);
    start = origin_place(first, at);
    last = length > 0 ? find_origin(expanded, at + length - 1) : first;
    if (last->source != first->source)
        last = first;
    end = last->span > 0 ? last->offset + last->span
                         : origin_place(last, MAX(at + length, 1) - 1) + 1;
    *out_source = first->source;
    *out_offset = start;
    *out_length = end > start ? end - start : 1;
}
