// Answers GET /N with N bytes of a pattern, POST with the SHA-256 of the body.
package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"log"
	"net/http"
	"strconv"
	"strings"
)

func answer(w http.ResponseWriter, r *http.Request) {
	if r.Method == "GET" {
		n, _ := strconv.Atoi(r.URL.Path[1:])
		io.WriteString(w, strings.Repeat("0123456789abcdef", n/16+1)[:n])
		return
	}
	digest := sha256.New()
	io.Copy(digest, r.Body)
	fmt.Fprintf(w, "%x", digest.Sum(nil))
}

func main() {
	log.Fatal(http.ListenAndServe(":8080", http.HandlerFunc(answer)))
}
