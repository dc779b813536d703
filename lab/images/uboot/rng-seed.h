/*
 * Give Linux a seed for its random numbers, as firmware of boards with a random number generator does.
 * The emulated board has no source of entropy at all: without a seed mke2fs alone waits five seconds for one.
 */
static void lab_rng_seed(void *fdt)
{
	u32 seed[16], x = timer_get_us();
	int i, chosen = fdt_path_offset(fdt, "/chosen");

	for (i = 0; i < ARRAY_SIZE(seed); i++) {
		x = x * 1664525 + 1013904223 + timer_get_us();
		seed[i] = x;
	}
	if (chosen >= 0)
		fdt_setprop(fdt, chosen, "rng-seed", seed, sizeof(seed));
}
