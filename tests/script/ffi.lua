-- SPDX-License-Identifier: BSD-3-Clause
-- ffi.C reaches the C library in every build; other libraries only where there is a dynamic linker.

local ffi = require "ffi"

local failed = false

local function test(name, f)
    local ok, reason = pcall(f)
    failed = failed or not ok
    print(ok and "ok " .. name or ("not ok %s (%s)"):format(name, tostring(reason)))
end

local names = [[
abort abs accept accept4 access acos alarm asin asprintf atan atan2 atof atoi atol atoll basename
bcmp bind bsearch bzero calloc cbrt ceil cfmakeraw chdir chmod chown chroot clearerr clock
clock_getres clock_gettime clock_nanosleep close closedir closelog confstr connect copysign cos
cosh creat ctime daemon difftime dirname div dlclose dlerror dlopen dlsym dprintf dup dup2
dup3 epoll_create1 epoll_ctl epoll_wait erf eventfd execv execve execvp exit exp exp2 fabs
faccessat fchdir fchmod fchmodat fchown fclose fcntl fdatasync fdopen feof ferror fflush fgetc
fgets fileno flock floor fmod fnmatch fopen fork fprintf fputc fputs fread free freeaddrinfo
freeifaddrs freopen frexp fscanf fseek fseeko fstat fstatvfs fsync ftell ftello ftruncate ftw
futimens fwrite gai_strerror getaddrinfo getc getcwd getdelim getegid getenv geteuid getgid
getgrgid getgrnam getgroups gethostbyname gethostname getifaddrs getitimer getline getlogin
getnameinfo getopt getopt_long getpagesize getpeername getpgid getpgrp getpid getppid getpriority
getprotobyname getpwnam getpwuid getrandom getrlimit getrusage getservbyname getsid getsockname
getsockopt gettimeofday getuid glob globfree gmtime gmtime_r grantpt htonl htons hypot
if_indextoname if_nametoindex inet_addr inet_aton inet_ntoa inet_ntop inet_pton inotify_add_watch
inotify_init1 ioctl isalnum isalpha isatty isdigit isspace kill ldexp lgamma link listen localtime
localtime_r log log10 log2 longjmp lseek lstat madvise malloc memchr memcmp memcpy memmem memmove
memset mkdir mkdtemp mkfifo mkstemp mktime mlock mmap modf mount mprotect msync munmap nanosleep
nice ntohl ntohs open openat opendir openlog openpty pause pclose perror pipe pipe2 poll popen
posix_memalign posix_openpt posix_spawn pow ppoll prctl pread printf pthread_create pthread_join
pthread_mutex_lock pthread_mutex_unlock pthread_self ptsname putchar putenv puts pwrite qsort
raise rand read readdir readlink readv realloc realpath recv recvfrom recvmmsg recvmsg regcomp
regexec regfree remove rename rewind rewinddir rint rmdir round scandir sched_yield sem_init
sem_post sem_wait send sendfile sendmmsg sendmsg sendto setbuf setegid setenv seteuid setgid
setgroups setitimer setjmp setlocale setpgid setpriority setrlimit setsid setsockopt setuid
setvbuf shm_open shm_unlink shutdown sigaction sigaddset sigemptyset signal signalfd sigprocmask
sin sinh sleep snprintf socket socketpair splice sprintf sqrt srand sscanf stat statvfs stpcpy
strcasecmp strcat strchr strcmp strcpy strcspn strdup strerror strerror_r strftime strlen
strncasecmp strncat strncmp strncpy strndup strnlen strpbrk strptime strrchr strsignal strspn
strstr strtod strtok strtok_r strtol strtoll strtoul strtoull symlink sync sysconf sysinfo syslog
system tan tanh tcgetattr tcsetattr tee tgamma time timegm timerfd_create timerfd_settime times
tmpfile tolower toupper trunc truncate ttyname tzset umask umount uname ungetc unlink unlinkat
unlockpt unsetenv usleep utime vfprintf vprintf vsnprintf vsprintf wait wait4 waitpid wcslen
wcstombs write writev
]]

test("the names that programs use are in ffi.C", function()
    local count, missing = 0, {}
    for name in names:gmatch "%S+" do
        count = count + 1
        ffi.cdef(("void symbol_%s(void) __asm__(%q);"):format(name, name))
        local ok, address = pcall(function() return ffi.C["symbol_" .. name] end)
        if not ok or address == nil then missing[#missing + 1] = name end
    end
    assert(count >= 200, "the list is too short")
    assert(#missing == 0, "missing: " .. table.concat(missing, " "))
end)

ffi.cdef [[
int getpid(void);
int getppid(void);
int open(const char *path, int flags, ...);
int snprintf(char *out, size_t size, const char *format, ...);
double cosh(double x);
void qsort(void *base, size_t count, size_t size, int (*compare)(const int *, const int *));
extern char **environ;
typedef struct FILE FILE;
extern FILE *stdout;
int fileno(FILE *file);
int no_such_function_anywhere(void);
void *dlopen(const char *path, int flags);
void *dlsym(void *handle, const char *name);
char *dlerror(void);
]]

test("functions can be called", function()
    assert(ffi.C.getpid() > 0 and ffi.C.getpid() ~= ffi.C.getppid())
    assert(math.abs(ffi.C.cosh(1) - 1.5430806348152) < 1e-12)
end)

test("with variable arguments", function()
    local out = ffi.new "char[32]"
    local size = ffi.C.snprintf(out, 32, "%d %s %.1f", ffi.cast("int", 42), "x", 1.5)
    assert(ffi.string(out, size) == "42 x 1.5")
end)

test("with a Lua function to call back", function()
    local numbers = ffi.new("int[5]", 3, 1, 5, 2, 4)
    local compare = ffi.cast("int (*)(const int *, const int *)", function(a, b) return a[0] - b[0] end)
    ffi.C.qsort(numbers, 5, 4, compare)
    compare:free()
    for i = 0, 4 do assert(numbers[i] == i + 1) end
end)

test("from compiled code", function()
    local sum = 0
    for _ = 1, 1000 do sum = sum + ffi.C.cosh(0) end
    assert(sum == 1000)
end)

test("ffi.errno tells why a call failed", function()
    assert(ffi.C.open("/no/such/file", 0) == -1 and ffi.errno() == 2)
end)

test("variables are there too", function()
    assert(ffi.C.environ ~= nil)
    assert(ffi.C.fileno(ffi.C.stdout) == 1)
end)

test("an unknown name is an error that names it", function()
    local ok, problem = pcall(function() return ffi.C.no_such_function_anywhere end)
    assert(not ok and problem:find "no_such_function_anywhere", problem)
end)

test("dlopen of the program itself, dlsym, dlerror", function()
    local program = ffi.C.dlopen(nil, 1)
    assert(program ~= nil and ffi.C.dlsym(program, "getpid") ~= nil)
    assert(ffi.C.dlerror() == nil)
    assert(ffi.C.dlsym(program, "no_such_function_anywhere") == nil)
    assert(ffi.string(ffi.C.dlerror()):find "no_such_function_anywhere")
    assert(ffi.C.dlerror() == nil)
end)

test("ffi.load of the C library's own parts", function()
    assert(ffi.load("libc.so.6").getpid() == ffi.C.getpid())
    assert(ffi.load("libm.so.6").cosh(0) == 1)
end)

local _, load_problem = pcall(ffi.load, "/no/such/library.so")
local static = load_problem:find("static program", 1, true) ~= nil

local function says_what_to_do(text)
    for _, part in ipairs { "cannot load ", "static program", "ffi.C", "make native" } do
        assert(text:find(part, 1, true), text)
    end
end

if static then
    test("ffi.load of a library says what to do instead", function()
        says_what_to_do(load_problem)
        local ok, problem = pcall(ffi.load, "nosuchlibrary")
        assert(not ok and problem:find "^cannot load libnosuchlibrary.so: ", problem)
        says_what_to_do(problem)
    end)

    test("so does ffi.load of a file that is a linker script", function()
        local path = os.tmpname()
        local file = assert(io.open(path, "w"))
        file:write "INPUT(libz.so.1)\n"
        file:close()
        local ok, problem = pcall(ffi.load, path)
        os.remove(path)
        assert(not ok and problem:find(path, 1, true), problem)
        says_what_to_do(problem)
    end)

    test("and require of a C module", function()
        local path = os.tmpname()
        os.rename(path, path .. ".so")
        package.cpath = path:match "^.*/" .. "?.so"
        local ok, problem = pcall(require, path:match "[^/]*$")
        os.remove(path .. ".so")
        assert(not ok)
        says_what_to_do(problem)
    end)

    test("and package.loadlib", function()
        local loaded, problem, where = package.loadlib("/no/such/module.so", "luaopen_module")
        assert(loaded == nil and where == "open")
        says_what_to_do(problem)
    end)
else
    print "skip ffi.load says what to do instead (this program is dynamic)"
end

os.exit(not failed)
