/* SPDX-License-Identifier: Apache-2.0 */
/* period.c - --from and --to of reports */
#include "period.h"

#include "nurture/error.h"

static bool
parse(const CliContext *cli, const char *option, const char *text, int64_t *out,
      GError **error)
{
    g_autoptr(GError) wrong = NULL;

    if (date_parse(text, cli->workspace->zone, out, &wrong))
        return true;
    g_set_error(error, NURTURE_ERROR, ERROR_USAGE, "%s: %s", option,
                wrong->message);
    return false;
}

bool
period_parse(const CliContext *cli, const char *from, const char *to,
             Period *out, GError **error)
{
    const Span day = {.count = 1, .unit = SPAN_DAYS};

    *out = (Period){0, cli->now + 1};
    if (from && !parse(cli, "--from", from, &out->from, error))
        return false;
    if (to) {
        if (!parse(cli, "--to", to, &out->until, error))
            return false;
        out->until = span_move(&day, cli->workspace->zone, out->until, 1);
    }
    if (out->from < out->until)
        return true;
    g_set_error(error, NURTURE_ERROR, ERROR_USAGE,
                "the period ends before it begins");
    return false;
}
