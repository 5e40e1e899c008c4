/* SPDX-License-Identifier: Apache-2.0 */
/* schema -- bringing a database file up to the program's version. */
#ifndef CORE_SCHEMA_H
#define CORE_SCHEMA_H

#include "nurture/store.h"

/* Run the migrations core/data/schema-NNN.sql that the file lacks, each in a
 * transaction of its own with PRAGMA user_version. ERROR_STORE when the file
 * is newer than the program. */
bool schema_migrate(Store *store, GError **error);

#endif
