/* SPDX-License-Identifier: Apache-2.0 */
/* sink-inbox -- what the sink has caught, as a mailbox in the browser.
 *
 *     /                the newest first, a page of 50
 *     /m/NAME          one message: HTML, text or headers; NAME is its file
 *     /html/NAME       its HTML part alone, for the frame of /m/
 *     /part/NAME/N     a part of it: pictures, attachments
 *     /raw/NAME        the file
 *
 * The mail is a stranger's: its HTML is shown in a sandbox without scripts,
 * forms or remote pictures (which would be hits), everything else as text. */
#ifndef NURTURE_SINK_INBOX_H
#define NURTURE_SINK_INBOX_H

#include "nurture/http.h"

/* The table for http_server_start(), over the .eml files of `directory`, which
 * may come into being later. Ends with method NULL; lives for ever. */
const HttpRoute *sink_inbox_routes(const char *directory);

#endif
