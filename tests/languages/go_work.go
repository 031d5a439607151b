// SPDX-License-Identifier: BSD-3-Clause
// Goroutines, timers, channels and the garbage collector under load; static binary.
package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"runtime"
	"sort"
	"sync"
	"time"
)

type node struct {
	left, right *node
	value       int
}

func tree(depth int) *node {
	if depth == 0 {
		return &node{value: 1}
	}
	return &node{tree(depth - 1), tree(depth - 1), depth}
}

func (n *node) sum() int {
	if n == nil {
		return 0
	}
	return n.value + n.left.sum() + n.right.sum()
}

func main() {
	runtime.GOMAXPROCS(4)
	var group sync.WaitGroup
	results := make(chan int, 64)
	for i := 0; i < 200; i++ {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			results <- tree(8 + i%4).sum()
		}(i)
	}
	go func() { group.Wait(); close(results) }()
	total := 0
	for r := range results {
		total += r
	}
	fmt.Println("trees", total)

	ticker := time.NewTicker(2 * time.Millisecond)
	for i := 0; i < 20; i++ {
		<-ticker.C
	}
	ticker.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	<-ctx.Done()
	fmt.Println("timer", ctx.Err())

	var lock sync.Mutex
	order := []string{}
	for i := 0; i < 50; i++ {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			sum := sha256.Sum256([]byte(fmt.Sprint(i)))
			lock.Lock()
			order = append(order, fmt.Sprintf("%x", sum[:4]))
			lock.Unlock()
		}(i)
	}
	group.Wait()
	sort.Strings(order)
	fmt.Println(order[0], order[49])

	if err := os.WriteFile("/tmp/go.txt", []byte("osprey"), 0o600); err != nil {
		panic(err)
	}
	data, _ := os.ReadFile("/tmp/go.txt")
	os.Remove("/tmp/go.txt")
	_, missing := os.Stat("/tmp/go.txt")
	fmt.Println(string(data), os.IsNotExist(missing))

	defer func() { fmt.Println("recovered", recover() != nil) }()
	var nothing *node
	fmt.Println(nothing.value)
}
