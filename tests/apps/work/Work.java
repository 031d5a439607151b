// SPDX-License-Identifier: BSD-3-Clause
// Threads, garbage, exceptions, streams, files: what the JVM leans on the kernel for.
import java.nio.file.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;
import java.util.stream.*;

public class Work {
    static long garbage(int seed) {
        List<byte[]> kept = new ArrayList<>();
        long sum = 0;
        Random random = new Random(seed);
        for (int i = 0; i < 20000; i++) {
            byte[] piece = new byte[random.nextInt(4000) + 1];
            piece[piece.length - 1] = (byte) i;
            if (i % 50 == 0) kept.add(piece);
            if (kept.size() > 200) kept.remove(0);
            sum += piece.length;
        }
        return sum + kept.size();
    }

    static int depth(int n) { return depth(n + 1) + 1; }

    public static void main(String[] words) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(4);
        List<Future<Long>> sums = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            final int seed = i;
            sums.add(pool.submit(() -> garbage(seed)));
        }
        for (Future<Long> f : sums) System.out.println("garbage " + f.get());
        pool.shutdown();
        System.gc();
        try { depth(0); } catch (StackOverflowError e) { System.out.println("stack overflow caught"); }
        try { Object o = null; o.hashCode(); } catch (NullPointerException e) { System.out.println("null caught"); }
        AtomicLong shared = new AtomicLong();
        Object lock = new Object();
        int[] plain = new int[1];
        Thread[] threads = new Thread[8];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = new Thread(() -> {
                for (int k = 0; k < 2000; k++) {
                    shared.incrementAndGet();
                    synchronized (lock) { plain[0]++; }
                }
            });
            threads[i].start();
        }
        for (Thread t : threads) t.join();
        System.out.println("counted " + shared + " " + plain[0]);
        System.out.println("primes " + IntStream.range(2, 20000).parallel()
            .filter(n -> IntStream.rangeClosed(2, (int) Math.sqrt(n)).noneMatch(d -> n % d == 0)).count());
        Path file = Files.createTempFile("work", ".txt");
        Files.write(file, Collections.nCopies(1000, "line of text"));
        System.out.println("lines " + Files.lines(file).count() + " " + Files.size(file));
        BlockingQueue<Integer> queue = new ArrayBlockingQueue<>(4);
        Thread producer = new Thread(() -> {
            try { for (int i = 1; i <= 500; i++) queue.put(i); } catch (InterruptedException e) { }
        });
        producer.start();
        int total = 0;
        for (int i = 0; i < 500; i++) total += queue.take();
        System.out.println("queue " + total);
        Thread sleeper = new Thread(() -> {
            try { Thread.sleep(100000); } catch (InterruptedException e) { System.out.println("interrupted"); }
        });
        sleeper.start();
        sleeper.interrupt();
        sleeper.join();
    }
}
