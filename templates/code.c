/* SPDX-License-Identifier: Apache-2.0 */
/* code.c - lists of operations, and joining them */
#include "program.h"

#include <string.h>

Code *
code_new(void)
{
    Code *code = g_new0(Code, 1);

    code->ops = g_array_new(FALSE, FALSE, sizeof(Op));
    code->literals = g_string_new(NULL);
    return code;
}

void
code_free(Code *code)
{
    if (!code)
        return;
    g_array_unref(code->ops);
    g_string_free(code->literals, TRUE);
    g_free(code);
}

void
code_literal(Code *code, const char *text, gssize length)
{
    gsize size = length < 0 ? strlen(text) : (gsize)length;
    Op *last = code->ops->len > code->barrier
                   ? &g_array_index(code->ops, Op, code->ops->len - 1)
                   : NULL;
    guint at = (guint)code->literals->len;

    if (size == 0)
        return;
    g_string_append_len(code->literals, text, (gssize)size);
    if (last && last->kind == OP_LITERAL && last->a + last->b == at)
        last->b += (uint32_t)size;
    else
        code_op(code, OP_LITERAL, CONTEXT_PLAIN, 0, at, (guint)size);
}

guint
code_op(Code *code, OpKind kind, Context context, guint id, guint a, guint b)
{
    Op op = {(uint8_t)kind, (uint8_t)context, (uint16_t)id, a, b};

    g_array_append_val(code->ops, op);
    return code->ops->len - 1;
}

/* A literal behind this point must not be merged with one before it: a jump
 * that ends in the middle of a literal would print half of it. */
void
code_land(Code *code, guint op)
{
    g_array_index(code->ops, Op, op).a = code->ops->len;
    code->barrier = code->ops->len;
}

static bool
is_jump(OpKind kind)
{
    return kind == OP_JUMP || kind == OP_JUMP_FALSE || kind == OP_JUMP_FEWER ||
           kind == OP_JUMP_ZERO || kind == OP_JUMP_SET ||
           kind == OP_JUMP_REACHED || kind == OP_JUMP_CLOSED;
}

void
code_append(Code *code, const Code *part)
{
    guint base = code->ops->len, text = (guint)code->literals->len;

    g_string_append_len(code->literals, part->literals->str,
                        (gssize)part->literals->len);
    for (guint i = 0; i < part->ops->len; i++) {
        Op op = g_array_index(part->ops, Op, i);
        if (op.kind == OP_LITERAL)
            op.a += text;
        else if (is_jump(op.kind))
            op.a += base;
        g_array_append_val(code->ops, op);
    }
    code->barrier = code->ops->len;
}
