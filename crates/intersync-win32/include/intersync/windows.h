/**
 * @file
 * The synchronization objects of Windows for Linux: all of Intersync's C interface. Each of these headers can be included
 * alone; `docs/win32.md` lists the functions and how they differ from those of Windows.
 */
#ifndef INTERSYNC_WINDOWS_H
#define INTERSYNC_WINDOWS_H

#include <intersync/accctrl.h>
#include <intersync/aclapi.h>
#include <intersync/errhandlingapi.h>
#include <intersync/handleapi.h>
#include <intersync/interlockedapi.h>
#include <intersync/minwinbase.h>
#include <intersync/minwindef.h>
#include <intersync/namespaceapi.h>
#include <intersync/ntdef.h>
#include <intersync/ntstatus.h>
#include <intersync/processthreadsapi.h>
#include <intersync/sddl.h>
#include <intersync/securitybaseapi.h>
#include <intersync/spawn.h>
#include <intersync/synchapi.h>
#include <intersync/threadpoollegacyapiset.h>
#include <intersync/winbase.h>
#include <intersync/winerror.h>
#include <intersync/winnt.h>
#include <intersync/winternl.h>

#endif
