// SPDX-License-Identifier: BSD-3-Clause
// Threads, channels, atomics, panics caught, files: dynamic PIE and static alike.
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::sync::{atomic::{AtomicU64, Ordering}, mpsc, Arc, Mutex};
use std::time::{Duration, Instant};
use std::{fs, panic, thread};

fn main() {
    let (sender, receiver) = mpsc::channel();
    let count = Arc::new(AtomicU64::new(0));
    let table = Arc::new(Mutex::new(BTreeMap::new()));
    let workers: Vec<_> = (0..5u64)
        .map(|n| {
            let (sender, count, table) = (sender.clone(), count.clone(), table.clone());
            thread::spawn(move || {
                for i in 0..500u64 {
                    count.fetch_add(i * n, Ordering::Relaxed);
                    *table.lock().unwrap().entry(i % 7).or_insert(0u64) += n;
                    sender.send(i ^ n).unwrap();
                }
            })
        })
        .collect();
    drop(sender);
    let sum: u64 = receiver.iter().sum();
    for worker in workers {
        worker.join().unwrap();
    }
    println!("{} {} {:?}", sum, count.load(Ordering::Relaxed), table.lock().unwrap());

    panic::set_hook(Box::new(|_| {}));
    let caught = thread::spawn(|| panic!("on purpose")).join();
    println!("panicked {}", caught.is_err());

    let start = Instant::now();
    thread::sleep(Duration::from_millis(15));
    println!("slept {}", start.elapsed() >= Duration::from_millis(15));

    let mut file = fs::File::create("/tmp/rust.txt").unwrap();
    for i in 0..1000 {
        writeln!(file, "{}", i * i).unwrap();
    }
    drop(file);
    let lines = BufReader::new(fs::File::open("/tmp/rust.txt").unwrap()).lines();
    println!("{}", lines.map(|l| l.unwrap().parse::<u64>().unwrap()).sum::<u64>());
    fs::remove_file("/tmp/rust.txt").unwrap();
    println!("{:?}", fs::metadata("/tmp/rust.txt").map_err(|e| e.kind()).err());
}
