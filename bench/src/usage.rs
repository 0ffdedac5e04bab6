//! What the system has counted of a process: the CPU time of all its threads, and its peak memory.
#![allow(unsafe_code, reason = "two calls of the C library, each filling a struct of plain numbers that it is handed")]

use std::io;
use std::mem::MaybeUninit;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ExitStatus};
use std::time::Duration;

/// Linux counts peak memory in KiB, macOS in bytes.
const PEAK_UNIT_BYTES: u64 = if cfg!(target_os = "macos") { 1 } else { 1024 };

/// A process's use of the machine so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// User and system time of all threads.
    pub cpu: Duration,
    pub peak_bytes: u64,
}

/// Of this process.
pub fn own() -> io::Result<Usage> {
    let mut usage = MaybeUninit::uninit();
    // SAFETY: the call fills the struct, whose address is good for it, or fails.
    let usage = unsafe {
        match libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr()) {
            0 => usage.assume_init(),
            _ => return Err(io::Error::last_os_error()),
        }
    };
    Ok(Usage::from(&usage))
}

/// Waits for a child's end; it is taken, since it can be waited for once.
pub fn wait(child: Child) -> io::Result<(ExitStatus, Usage)> {
    let id = libc::pid_t::try_from(child.id()).map_err(io::Error::other)?;
    let (mut status, mut usage) = (0, MaybeUninit::uninit());
    loop {
        // SAFETY: the call fills both, whose addresses are good for it, or fails; `id` is a child nobody has waited for.
        let usage = unsafe {
            match libc::wait4(id, &raw mut status, 0, usage.as_mut_ptr()) {
                ended if ended == id => usage.assume_init(),
                _ => match io::Error::last_os_error() {
                    error if error.kind() == io::ErrorKind::Interrupted => continue,
                    error => return Err(error),
                },
            }
        };
        return Ok((ExitStatus::from_raw(status), Usage::from(&usage)));
    }
}

impl From<&libc::rusage> for Usage {
    fn from(usage: &libc::rusage) -> Self {
        let peak = u64::try_from(usage.ru_maxrss).unwrap_or(0);
        Self { cpu: time(usage.ru_utime) + time(usage.ru_stime), peak_bytes: peak * PEAK_UNIT_BYTES }
    }
}

fn time(of: libc::timeval) -> Duration {
    let seconds = u64::try_from(of.tv_sec).unwrap_or(0);
    Duration::from_secs(seconds) + Duration::from_micros(u64::try_from(of.tv_usec).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;
    use std::process::Command;

    use super::*;

    #[test]
    fn cpu_time_grows_with_work_in_any_thread() {
        let before = own().unwrap();
        std::thread::spawn(|| {
            let begun = own().unwrap().cpu;
            while own().unwrap().cpu < begun + Duration::from_millis(5) {
                black_box(0);
            }
        })
        .join()
        .unwrap();
        assert!(own().unwrap().cpu >= before.cpu + Duration::from_millis(5));
        assert!(before.peak_bytes > 100_000);
    }

    #[test]
    fn a_child_s_exit_code_is_its_own() {
        let child = Command::new("sh").args(["-c", "exit 3"]).spawn().unwrap();
        let (status, usage) = wait(child).unwrap();
        assert_eq!(status.code(), Some(3));
        assert!(usage.peak_bytes > 100_000);
    }
}
