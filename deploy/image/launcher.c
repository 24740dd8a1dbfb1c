// SPDX-License-Identifier: Apache-2.0
/* Does in the image, which has no shell, what bin/vigia does elsewhere. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NODE "/usr/bin/node"
#define BUNDLE "/usr/lib/vigia/vigia.mjs"

/* NODE_FLAGS, by assemble.sh, are those of bin/vigia, each with a comma behind it. */
static char *const command[] = { NODE, NODE_FLAGS BUNDLE };
#define WORDS (sizeof(command) / sizeof(*command))

int main(int argc, char **argv)
{
	char **words = calloc(WORDS + argc + 1, sizeof(*words));

	if (!words || setenv("MALLOC_ARENA_MAX", "1", 0)) {
		perror("vigia");
		return 1;
	}
	memcpy(words, command, sizeof(command));
	for (int i = 1; i < argc; i++)
		words[WORDS + i - 1] = argv[i];
	execv(NODE, words);
	perror("vigia: " NODE);
	return 1;
}
