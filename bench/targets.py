"""What bench/compare measures: a redis-server, and what can stand before it. Processes on free loopback ports."""
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time

BENCH = pathlib.Path(__file__).resolve().parent
TICK = os.sysconf("SC_CLK_TCK")
GET = b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n"  # nutcracker has no PING
started = []


class Target:
    """Where to send commands, what stands there, and what stands behind it."""

    def __init__(self, port, proxy=None, servers=()):
        self.port = port
        self.proxy = proxy
        self.servers = list(servers)
        self.ready_ms = 0.0
        self.idle_mib = resident_mib(proxy) if proxy else 0.0

    def proxy_seconds(self):
        return cpu_seconds(self.proxy) if self.proxy else 0.0

    def server_seconds(self):
        return sum(cpu_seconds(server) for server in self.servers)


def cpu_seconds(process):
    """User and system time, of all threads."""
    fields = open(f"/proc/{process.pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def resident_mib(process):
    for line in open(f"/proc/{process.pid}/status"):
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def version(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.strip().splitlines()[0]
    except (OSError, IndexError):
        return "?"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(command, log):
    """Starts a process of its own; its output goes to a file, so that a failure can be told."""
    process = subprocess.Popen([str(word) for word in command], stdout=open(log, "ab"), stderr=subprocess.STDOUT,
                               stdin=subprocess.DEVNULL)
    process.log = log
    process.began = time.monotonic()
    started.append(process)
    return process


def wait_for(port, process, command=GET, expected=None, seconds=300):
    """Until the command is answered, as expected if that is said; milliseconds since the process was started."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as link:
                link.settimeout(15)
                link.sendall(command)
                answer = link.recv(64)
                if answer and (expected is None or answer == expected):
                    return (time.monotonic() - process.began) * 1000
        except OSError:
            pass
        time.sleep(0.01)
    sys.exit(f"{process.args[0]} does not answer on port {port}:\n{open(process.log, errors='replace').read()[-2000:]}")


def proxy_target(port, process, servers, **expectation):
    ready = wait_for(port, process, **expectation)
    target = Target(port, process, servers)
    target.ready_ms = ready
    return target


def end(processes):
    """Ends these, the last one first, and forgets them."""
    for process in reversed(processes):
        process.terminate()
    for process in processes:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        started.remove(process)


def start_redis(folder, *arguments):
    port = free_port()
    process = start(["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
                     "--repl-diskless-sync-delay", "0", "--dir", folder, *arguments], f"{folder}/redis-{port}.log")
    wait_for(port, process)
    return port, process


def start_voters(folder, backends, launcher):
    """Three voters of ours, which make the backend that has data the master."""
    ports = [free_port() for _ in range(3)]
    for port in ports:
        config = pathlib.Path(folder, f"voter-{port}.conf")
        config.write_text(f"""durability = none
admin.enabled = false
voter {{
  listen = "127.0.0.1:{port}"
  peers = [{", ".join(f'"127.0.0.1:{peer}"' for peer in ports if peer != port)}]
  backends = [{", ".join(f'"127.0.0.1:{backend}"' for backend in backends)}]
  data = "{folder}/voter-{port}"
}}
""")
        start([launcher, "voter", "-c", config], f"{folder}/voter-{port}.log")
    return ports


class Field:
    """One redis-server with replicas and voters where a target asks for them, and makers of targets by name."""

    def __init__(self, folder, options):
        self.folder = folder
        self.options = options
        self.backend, self.server = start_redis(folder)
        self.replicas = None
        self.voters = None

    def target(self, name):
        name, *details = name.split("@")
        loops = next((detail for detail in details if detail.isdigit()), "0")
        launcher = next((detail for detail in details if "/" in detail), self.options.launcher)
        transport = next((detail for detail in details if not detail.isdigit() and "/" not in detail), "auto")
        kind, _, rest = name.partition("-")
        if name == "direct":
            return Target(self.backend, None, [self.server])
        if name in ("relay", "haproxy", "nutcracker"):
            return getattr(self, name)()
        if kind == "holdfast":
            if rest in ("", "once"):
                return self.static(launcher, loops, transport, "exactly-once" if rest else "error")
            return self.quorum(launcher, rest, loops, transport)
        sys.exit(f"unknown target {name}, "
                 "expected direct, relay, haproxy, nutcracker, holdfast, holdfast-once, holdfast-reads or holdfast-K")

    def relay(self):
        program = pathlib.Path(self.folder, "relay")
        subprocess.run(["cc", "-O2", "-o", str(program), str(BENCH / "relay" / "relay.c")], check=True)
        port = free_port()
        process = start([program, port, self.backend], f"{self.folder}/relay.log")
        return proxy_target(port, process, [self.server])

    def haproxy(self):
        port = free_port()
        config = self.file("haproxy.cfg", f"""global
  maxconn 4096
  nbthread 1
defaults
  mode tcp
  timeout connect 5s
  timeout client 1m
  timeout server 1m
listen redis
  bind 127.0.0.1:{port}
  server one 127.0.0.1:{self.backend}
""")
        process = start([shutil.which("haproxy") or "/usr/sbin/haproxy", "-db", "-f", config],
                        f"{self.folder}/haproxy.log")
        return proxy_target(port, process, [self.server])

    def nutcracker(self):
        port = free_port()
        config = self.file("nutcracker.yml", f"""pool:
  listen: 127.0.0.1:{port}
  redis: true
  hash: fnv1a_64
  distribution: ketama
  timeout: 10000
  servers:
   - 127.0.0.1:{self.backend}:1
""")
        process = start([shutil.which("nutcracker") or "/usr/sbin/nutcracker", "-c", config, "-s", free_port(),
                         "-a", "127.0.0.1"], f"{self.folder}/nutcracker.log")
        return proxy_target(port, process, [self.server])

    def static(self, launcher, loops, transport, in_doubt):
        port = free_port()
        config = self.file(f"holdfast-{port}.conf", f"""topology = static
in-doubt = {in_doubt}
proxy.listen = "127.0.0.1:{port}"
proxy.backend = "127.0.0.1:{self.backend}"
proxy.loops = {loops}
proxy.transport = {transport}
admin.enabled = false
""")
        process = start([launcher, "proxy", "-c", config], f"{self.folder}/holdfast-{port}.log")
        return proxy_target(port, process, [self.server])

    def quorum(self, launcher, what, loops, transport):
        """Leases checked, metrics on. Reads spread over two replicas (holdfast-reads), or writes acknowledged by K of them."""
        self.quorum_behind()
        port = free_port()
        admin = free_port()
        reads = what == "reads"
        config = self.file(f"proxy-{port}.conf", f"""durability = {"none" if reads else what}
proxy.listen = "127.0.0.1:{port}"
proxy.voters = [{", ".join(f'"127.0.0.1:{voter}"' for voter in self.voters)}]
proxy.loops = {loops}
proxy.transport = {transport}
reads.policy = {"replica-preferred" if reads else "master"}
admin.listen = "127.0.0.1:{admin}"
""")
        process = start([launcher, "proxy", "-c", config], f"{self.folder}/proxy-{port}.log")
        servers = [self.server, *(process for _, process in self.replicas)]
        return proxy_target(port, process, servers, command=b"SET a 1\r\n", expected=b"+OK\r\n")

    def quorum_behind(self):
        """Two replicas and three voters, once."""
        if self.voters:
            return
        subprocess.run(["redis-cli", "-p", str(self.backend), "set", "a", "0"], check=True, stdout=subprocess.DEVNULL)
        self.replicas = [start_redis(self.folder, "--replicaof", "127.0.0.1", "1") for _ in range(2)]
        backends = [self.backend, *(port for port, _ in self.replicas)]
        self.voters = start_voters(self.folder, backends, self.options.launcher)

    def file(self, name, text):
        path = pathlib.Path(self.folder, name)
        path.write_text(text)
        return path
