/*
 * Where cores deviate from the architecture (docs/boards.md).
 */
#pragma once

#include "lib/types.h"

/* SiFive's CIP-1200: a flush of less than everything may leave translations in place. */
bool core_has_cip_1200(void);
