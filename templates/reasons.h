/* SPDX-License-Identifier: Apache-2.0 */
/* reasons -- why somebody gets mail, in the language of the mail.
 *
 * The sentence is imported with a person's consent, in one language. It reads
 * in others when templates/why/NAME.txt holds it as it was imported, and
 * templates/why/NAME.LANGUAGE.txt the same in that language: one line of plain
 * text each. An import may also give NAME alone. */
#ifndef TEMPLATES_REASONS_H
#define TEMPLATES_REASONS_H

#include "nurture/template.h"

/* Sentence or NAME -> sentence in `language` ("de", or "de-AT" by way of "de");
 * NAME alone -> the sentence as it stands where it has no translation. */
GHashTable *reasons_read(const TemplateFiles *files, const char *language);
/* What is true of everybody, for people without a sentence of their own.
 * Borrowed. */
const char *reason_standard(const char *language);

#endif
