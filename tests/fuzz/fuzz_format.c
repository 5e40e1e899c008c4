/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_format.c - any bytes as a file: formatting twice is formatting once */
#include "nurture/format.h"
#include "nurture/settings.h"
#include "nurture/yaml.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Can its settings be read without an error? */
static bool
is_good(const char *text, gsize size)
{
    g_autoptr(Source) source = source_new("a.md", text, size);
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(YamlNode) map = NULL;
    gsize start, end, body;

    if (!front_matter_split(source, &start, &end, &body, problems))
        return false;
    map = yaml_read(source, start, end, settings_text_keys(IN_MAIL), problems);
    return map && diagnostics_count(problems, SEVERITY_ERROR) == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const paths[] = {"a.md", "a.yaml", "a.seg"};
    const char *path = paths[size % 3];
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autofree char *once = NULL, *twice = NULL;
    gsize length, again;

    size = strlen(text);
    once = format_text(path, text, size, &length);
    twice = format_text(path, once, length, &again);
    g_assert_cmpuint(length, ==, again);
    g_assert_true(memcmp(once, twice, length) == 0);
    if (g_str_has_suffix(path, ".md") && is_good(text, size))
        g_assert_true(is_good(once, length));
    return 0;
}
