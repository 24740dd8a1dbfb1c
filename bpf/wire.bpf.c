// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pins the types that user space reads, or whose size it needs, into BTF. Holds no program and is
 * never loaded. Each type is declared in its own header (lib/wire.h).
 */
#define WIRE
#include "flow/flows.h"
