/*
 * Calls into the firmware (arch/riscv/sbi.h). Each call is an ecall of its own: there is no state
 * except what sbi_init() found out.
 */
#include "arch/riscv/sbi.h"

#include "arch/riscv/kmap.h"
#include "lib/abi/errno.h"
#include "lib/string.h"

#define EXTENSION_BASE         0x10
#define BASE_PROBE             3
#define BASE_VENDOR            4
#define BASE_ARCHITECTURE      5
#define BASE_IMPLEMENTATION    6
#define EXTENSION_TIMER        0x54494d45
#define EXTENSION_IPI          0x735049
#define EXTENSION_RFENCE       0x52464e43
#define RFENCE_FENCE_I         0
#define RFENCE_SFENCE_VMA      1
#define RFENCE_SFENCE_VMA_ASID 2
#define EXTENSION_HSM          0x48534d
#define HSM_START              0
#define EXTENSION_RESET        0x53525354
#define CONSOLE_READ           1
#define LEGACY_SET_TIMER       0
#define LEGACY_GETCHAR         2
#define LEGACY_SHUTDOWN        8

struct sbi_result {
	s64 error;
	u64 value;
};

static bool has_console, has_timer, has_reset, has_ipi, has_rfence;

static struct sbi_result sbi_call_5(u64 extension, u64 function, u64 x, u64 y, u64 z, u64 w, u64 v)
{
	register u64 a0 __asm__("a0") = x;
	register u64 a1 __asm__("a1") = y;
	register u64 a2 __asm__("a2") = z;
	register u64 a3 __asm__("a3") = w;
	register u64 a4 __asm__("a4") = v;
	register u64 a6 __asm__("a6") = function;
	register u64 a7 __asm__("a7") = extension;

	__asm__ volatile("ecall"
			 : "+r"(a0), "+r"(a1)
			 : "r"(a2), "r"(a3), "r"(a4), "r"(a6), "r"(a7)
			 : "memory");
	return (struct sbi_result){ (s64)a0, a1 };
}

static struct sbi_result sbi_call(u64 extension, u64 function, u64 x, u64 y, u64 z, u64 w)
{
	return sbi_call_5(extension, function, x, y, z, w, 0);
}

static bool sbi_probe(u64 extension)
{
	struct sbi_result result = sbi_call(EXTENSION_BASE, BASE_PROBE, extension, 0, 0, 0);

	return result.error == 0 && result.value != 0;
}

void sbi_init(void)
{
	has_console = sbi_probe(SBI_CONSOLE);
	has_timer = sbi_probe(EXTENSION_TIMER);
	has_reset = sbi_probe(EXTENSION_RESET);
	has_ipi = sbi_probe(EXTENSION_IPI);
	has_rfence = sbi_probe(EXTENSION_RFENCE);
}

struct sbi_core sbi_core(void)
{
	return (struct sbi_core){
		.vendor = sbi_call(EXTENSION_BASE, BASE_VENDOR, 0, 0, 0, 0).value,
		.architecture = sbi_call(EXTENSION_BASE, BASE_ARCHITECTURE, 0, 0, 0, 0).value,
		.implementation = sbi_call(EXTENSION_BASE, BASE_IMPLEMENTATION, 0, 0, 0, 0).value,
	};
}

static void console_write_legacy(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		sbi_call(SBI_LEGACY_PUTCHAR, 0, (u8)text[i], 0, 0, 0);
}

void sbi_console_write(const char *text, size_t length)
{
	/* The debug console takes a physical address: text is copied to a buffer in the image. */
	static char buffer[128];

	if (!has_console) {
		console_write_legacy(text, length);
		return;
	}
	while (length) {
		size_t part = min(length, sizeof(buffer));

		memcpy(buffer, text, part);
		struct sbi_result result = sbi_call(SBI_CONSOLE, SBI_CONSOLE_WRITE, part,
			image_physical(buffer).value, 0, 0);

		if (result.error || result.value == 0)
			return;
		text += result.value;
		length -= result.value;
	}
}

int sbi_console_read(void)
{
	static char character;

	if (!has_console) {
		s64 got = sbi_call(LEGACY_GETCHAR, 0, 0, 0, 0, 0).error;

		return got < 0 ? -1 : (int)got;
	}
	struct sbi_result result =
		sbi_call(SBI_CONSOLE, CONSOLE_READ, 1, image_physical(&character).value, 0, 0);

	return result.error == 0 && result.value == 1 ? (u8)character : -1;
}

void sbi_set_timer(u64 deadline)
{
	if (has_timer)
		sbi_call(EXTENSION_TIMER, 0, deadline, 0, 0, 0);
	else
		sbi_call(LEGACY_SET_TIMER, 0, deadline, 0, 0, 0);
}

void sbi_send_ipi(u64 mask, u64 base)
{
	sbi_call(EXTENSION_IPI, 0, mask, base, 0, 0);
}

void sbi_remote_sfence_vma(u64 mask, u64 base, u64 start, u64 size)
{
	sbi_call(EXTENSION_RFENCE, RFENCE_SFENCE_VMA, mask, base, start, size);
}

void sbi_remote_sfence_vma_asid(u64 mask, u64 base, u64 start, u64 size, u16 asid)
{
	sbi_call_5(EXTENSION_RFENCE, RFENCE_SFENCE_VMA_ASID, mask, base, start, size, asid);
}

void sbi_remote_fence_i(u64 mask, u64 base)
{
	sbi_call(EXTENSION_RFENCE, RFENCE_FENCE_I, mask, base, 0, 0);
}

int sbi_hart_start(u64 id, paddr_t entry)
{
	if (!has_ipi || !has_rfence)
		return -EIO;
	return sbi_call(EXTENSION_HSM, HSM_START, id, entry.value, 0, 0).error ? -EIO : 0;
}

void sbi_system_reset(enum sbi_reset type)
{
	if (has_reset)
		sbi_call(EXTENSION_RESET, 0, type, 0, 0, 0);
}

void sbi_legacy_shutdown(void)
{
	if (!has_reset)
		sbi_call(LEGACY_SHUTDOWN, 0, 0, 0, 0, 0);
}
