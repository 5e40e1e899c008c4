/* SPDX-License-Identifier: Apache-2.0 */
/* embedded.c - finding a built-in file */
#include "nurture/embedded.h"

#include <string.h>

const Embedded *
embedded_find(const char *path)
{
    for (const Embedded *e = embedded_files; e->path; e++)
        if (strcmp(e->path, path) == 0)
            return e;
    return NULL;
}
