/* SPDX-License-Identifier: Apache-2.0 */
/* error.c - the one error domain and its exit statuses */
#include "nurture/error.h"

G_DEFINE_QUARK(nurture - error - quark, nurture_error)

int
error_exit_status(const GError *error)
{
    static const int status[] = {
        [ERROR_INPUT] = 1,     [ERROR_USAGE] = 2,  [ERROR_REFUSED] = 3,
        [ERROR_NOT_FOUND] = 1, [ERROR_CONFIG] = 1, [ERROR_TEMPORARY] = 4,
        [ERROR_PERMANENT] = 5, [ERROR_STORE] = 6,
    };

    if (!error)
        return 0;
    if (error->domain != NURTURE_ERROR)
        return 70;
    return status[error->code];
}
