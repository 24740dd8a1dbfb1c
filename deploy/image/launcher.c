// SPDX-License-Identifier: Apache-2.0
/* Starts Vigia in the image, which has no shell: does the same as bin/vigia. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef NODE
#define NODE "/usr/bin/node"
#endif
#define BUNDLE "/usr/lib/vigia/vigia.mjs"

/* More digits than any setting accepts. */
#define MOST_DIGITS 7

/*
 * Defined by assemble.sh with the values from bin/vigia: NODE_FLAGS (with a comma after each),
 * HEAP_MB, PEERS_PER_MB, and MAX_PEERS.
 */
static char *const command[] = { NODE, NODE_FLAGS };
#define WORDS (sizeof(command) / sizeof(*command))

/* Returns the value of a setting: the last flag wins, then the environment. */
static const char *setting(char **words, const char *flag, const char *variable)
{
	const char *text = getenv(variable);
	size_t length = strlen(flag);

	for (; *words; words++) {
		if (strncmp(*words, flag, length))
			continue;
		if ((*words)[length] == '=')
			text = *words + length + 1;
		else if (!(*words)[length] && words[1])
			text = words[1];
	}
	return text ? text : "";
}

/* Vigia itself refuses a text that is not a number, and a number that is too large. */
static long number_or(const char *text, long usual)
{
	while (*text == '0')
		text++;
	size_t digits = strspn(text, "0123456789");

	return !digits || text[digits] || digits > MOST_DIGITS ? usual : atol(text);
}

static long heap_mb(char **words)
{
	const char *peers = setting(words, "--peers", "VIGIA_PEERS");
	const char *most = setting(words, "--max-peers", "VIGIA_MAX_PEERS");

	return HEAP_MB + (strcmp(peers, "cluster") ? 0 : number_or(most, MAX_PEERS) / PEERS_PER_MB);
}

int main(int argc, char **argv)
{
	static char heap[64];
	char **words = calloc(WORDS + argc + 2, sizeof(*words));

	if (!words || setenv("MALLOC_ARENA_MAX", "1", 0)) {
		perror("vigia");
		return 1;
	}
	snprintf(heap, sizeof(heap), "--max-old-space-size=%ld", heap_mb(argv));
	memcpy(words, command, sizeof(command));
	words[WORDS] = heap;
	words[WORDS + 1] = BUNDLE;
	for (int i = 1; i < argc; i++)
		words[WORDS + 1 + i] = argv[i];
	execv(NODE, words);
	perror("vigia: " NODE);
	return 1;
}
