# SPDX-License-Identifier: BSD-3-Clause
require 'digest'
require 'json'
require 'set'
words = (0...50000).map { |i| "w#{i * 7919 % 1009}" }
puts words.tally.max_by { |w, n| [n, w] }.inspect, Set.new(words).size
puts Digest::SHA256.hexdigest(words.join), JSON.generate(a: [1, nil, 2.5], b: 'x')
queue, results = Queue.new, Queue.new
threads = 4.times.map { Thread.new { while (n = queue.pop) != :end do results << n * n end } }
1000.times { |i| queue << i }
4.times { queue << :end }
threads.each(&:join)
puts results.size, Array.new(results.size) { results.pop }.sum
File.write('/tmp/a', "line\n" * 1000)
puts File.foreach('/tmp/a').count, File.stat('/tmp/a').size
fiber = Fiber.new { 3.times { |i| Fiber.yield i }; :done }
puts 4.times.map { fiber.resume }.inspect, 2**200, Time.at(0).utc
begin
  raise ArgumentError, 'caught'
rescue => e
  puts e.message
end
GC.start
puts Process.clock_gettime(Process::CLOCK_MONOTONIC) > 0
