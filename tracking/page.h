/* SPDX-License-Identifier: Apache-2.0 */
/* page -- the frame and the words of the pages people see.
 *
 * Server-rendered HTML without scripts, one inline style sheet that the policy
 * names by its hash (http_response_page()). Words come from
 * tracking/data/page-text.tsv in the page's language; English stands in for
 * what a language lacks. */
#ifndef TRACKING_PAGE_H
#define TRACKING_PAGE_H

#include "nurture/workspace.h"

#include <glib.h>

typedef struct PageTexts PageTexts;

PageTexts *page_texts_load(GError **error);
void page_texts_free(PageTexts *texts);
/* The words for `key`; a key that is not there is our own mistake. */
const char *page_text(const PageTexts *texts, const char *language,
                      const char *key);
/* Append them escaped, with {name} replaced by the value that follows the name
 * in the list, which ends with NULL. */
void page_say(GString *html, const PageTexts *texts, const char *language,
              const char *key, ...) G_GNUC_NULL_TERMINATED;
/* The same, not escaped: for mail in plain text. */
void page_say_plain(GString *text, const PageTexts *texts, const char *language,
                    const char *key, ...) G_GNUC_NULL_TERMINATED;
bool page_has(const PageTexts *texts, const char *key);

/* A page up to the inside of <main>, and from there to its end. `workspace`
 * gives name, colour and the legal footer; `title` is plain text. */
GString *page_begin(const Workspace *workspace, const char *language,
                    const char *title);
void page_end(GString *html, const PageTexts *texts, const Workspace *workspace,
              const char *language);

#endif
