"""System calls by number, for audit logs that are not enriched: those that rules and events here tell apart.

Source: Linux, arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h. Other architectures: the number stays.
"""

_X86_64 = {
    2: "open", 41: "socket", 42: "connect", 43: "accept", 44: "sendto", 49: "bind", 50: "listen", 56: "clone", 57: "fork", 58: "vfork",
    59: "execve", 62: "kill", 76: "truncate", 77: "ftruncate", 82: "rename", 83: "mkdir", 84: "rmdir", 85: "creat", 86: "link",
    87: "unlink", 88: "symlink", 90: "chmod", 91: "fchmod", 92: "chown", 93: "fchown", 94: "lchown", 101: "ptrace", 103: "syslog",
    105: "setuid", 106: "setgid", 113: "setreuid", 114: "setregid", 117: "setresuid", 119: "setresgid", 132: "utime", 133: "mknod",
    155: "pivot_root", 159: "adjtimex", 161: "chroot", 163: "acct", 164: "settimeofday", 165: "mount", 166: "umount2", 167: "swapon",
    168: "swapoff", 169: "reboot", 170: "sethostname", 171: "setdomainname", 175: "init_module", 176: "delete_module", 188: "setxattr",
    189: "lsetxattr", 190: "fsetxattr", 197: "removexattr", 198: "lremovexattr", 199: "fremovexattr", 227: "clock_settime",
    235: "utimes", 246: "kexec_load", 257: "openat", 258: "mkdirat", 259: "mknodat", 260: "fchownat", 261: "futimesat",
    263: "unlinkat", 264: "renameat", 265: "linkat", 266: "symlinkat", 268: "fchmodat", 272: "unshare", 280: "utimensat",
    288: "accept4", 304: "open_by_handle_at", 308: "setns", 310: "process_vm_readv", 311: "process_vm_writev", 313: "finit_module",
    316: "renameat2", 317: "seccomp", 319: "memfd_create", 320: "kexec_file_load", 321: "bpf", 322: "execveat", 323: "userfaultfd",
    425: "io_uring_setup", 435: "clone3", 437: "openat2",
}  # fmt: skip
_AARCH64 = {
    33: "mknodat", 34: "mkdirat", 35: "unlinkat", 36: "symlinkat", 37: "linkat", 38: "renameat", 39: "umount2", 40: "mount",
    45: "truncate", 46: "ftruncate", 51: "chroot", 52: "fchmod", 53: "fchmodat", 54: "fchownat", 55: "fchown", 56: "openat",
    5: "setxattr", 6: "lsetxattr", 7: "fsetxattr", 14: "removexattr", 15: "lremovexattr", 16: "fremovexattr", 88: "utimensat",
    89: "acct", 97: "unshare", 104: "kexec_load", 105: "init_module", 106: "delete_module", 112: "clock_settime", 116: "syslog",
    117: "ptrace", 129: "kill", 142: "reboot", 144: "setgid", 145: "setreuid", 146: "setuid", 147: "setresuid", 149: "setresgid",
    161: "sethostname", 162: "setdomainname", 170: "settimeofday", 171: "adjtimex", 198: "socket", 200: "bind", 201: "listen",
    202: "accept", 203: "connect", 206: "sendto", 220: "clone", 221: "execve", 224: "swapon", 225: "swapoff", 242: "accept4",
    265: "open_by_handle_at", 268: "setns", 270: "process_vm_readv", 271: "process_vm_writev", 273: "finit_module", 276: "renameat2",
    277: "seccomp", 279: "memfd_create", 280: "bpf", 281: "execveat", 282: "userfaultfd", 294: "kexec_file_load",
    425: "io_uring_setup", 435: "clone3", 437: "openat2",
}  # fmt: skip
_BY_ARCHITECTURE = {"c000003e": _X86_64, "x86_64": _X86_64, "c00000b7": _AARCH64, "aarch64": _AARCH64}


def syscall_name(architecture: object, number: object) -> str | None:
    """Return the call's name; None where it is not in the tables. A name stays a name."""
    if isinstance(number, str) and not number.isdecimal():
        return number or None
    table = _BY_ARCHITECTURE.get(architecture) if isinstance(architecture, str) else None
    if table is None or not isinstance(number, (str, int)) or isinstance(number, bool) or len(str(number)) > 4:  # noqa: PLR2004 - there are no thousands of calls
        return None
    return table.get(int(number))
