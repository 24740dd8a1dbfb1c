// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds no program and is never loaded: pins the types that user space reads, or must know the size
 * of, into BTF. Each is declared beside the type (lib/wire.h).
 */
#define WIRE
#include "flow/flows.h"
