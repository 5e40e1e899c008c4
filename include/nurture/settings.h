/* SPDX-License-Identifier: Apache-2.0 */
/* settings -- the one table of every setting an author can write.
 *
 * Key, where it may stand, type, default, limits and the sentence for the
 * manual. Checking a YAML tree against the table reports unknown keys with the
 * nearest known one (E106), absent ones (E107), wrong kinds (E111), keys of
 * another file (E115) and empty ones (E116). */
#ifndef NURTURE_SETTINGS_H
#define NURTURE_SETTINGS_H

#include "nurture/yaml.h"

typedef enum {
    IN_WORKSPACE = 1 << 0,  /* nurture.yaml; keys as "sending.domain" */
    IN_CAMPAIGN = 1 << 1,   /* campaign.md */
    IN_NEWSLETTER = 1 << 2, /* campaigns/NAME.md: campaign and mail in one */
    IN_MAIL = 1 << 3,
    IN_STEP = 1 << 4,
    IN_VARIANT = 1 << 5,
    IN_EVENT = 1 << 6,
    IN_SENDER = 1 << 7,
    IN_ROLE = 1 << 8,
    IN_FIELD = 1 << 9,
    IN_PERSONA = 1 << 10,
    IN_HOOK = 1 << 11, /* in ats.hooks */
    IN_OUT = 1 << 12,  /* in ats.out */
} SettingPlace;

typedef enum {
    SETTING_TEXT, /* literal text, merge tags where the manual says so */
    SETTING_WORD, /* name of something */
    SETTING_LIST, /* list of words */
    SETTING_WORD_OR_LIST,
    SETTING_EXPRESSION, /* or, for audience, a list of segments */
    SETTING_NUMBER,
    SETTING_PERCENT,
    SETTING_DURATION,
    SETTING_RATE,
    SETTING_YES_NO,
    SETTING_CHOICE,
    SETTING_DATE,
    SETTING_WINDOW,
    SETTING_ZONE,
    SETTING_ADDRESS,
    SETTING_URL,
    SETTING_COLOUR,
    SETTING_MAP,
    SETTING_MAPS, /* a group, a list of groups */
} SettingType;

typedef struct {
    const char *key;
    unsigned places; /* SettingPlace bits */
    SettingType type;
    bool required;
    const char *fallback; /* default as text, NULL = none */
    const char *choices;  /* "draft|ready|paused|archived" */
    long min, max;        /* numbers; 0,0 = any */
    const char *help;     /* one sentence for the manual */
} Setting;

extern const Setting settings_table[]; /* ends with key NULL */

/* The literal-text keys of a place, for yaml_read(). Borrowed. */
const char *const *settings_text_keys(SettingPlace place);
/* Check all of `map` (nested groups too) for `place`. */
void settings_check(const YamlNode *map, SettingPlace place,
                    const Source *source, Diagnostics *problems);
/* The setting's text or the table's default; NULL when neither. "a.b" goes
 * into groups. Borrowed. */
const char *settings_value(const YamlNode *map, SettingPlace place,
                           const char *key);
/* The text of `nurture help settings`: every setting, by the file it is in. */
char *settings_manual(void);
/* "20 per minute", "2 per 14d", "unlimited" (0, 0). ERROR_INPUT. */
bool rate_parse(const char *text, int *out_count, int64_t *out_per_ms,
                GError **error);
/* "5%" -> 500, "12.5%"; at most 100%. ERROR_INPUT. */
bool percent_parse(const char *text, int *out_basis_points, GError **error);

#endif
