// Command sidegate-example is an application behind the gate: it believes the gate's headers.
package main

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
)

type admins map[string]bool

// user answers 403 to whoever did not come through the gate.
func user(next func(w http.ResponseWriter, r *http.Request, email string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		email := r.Header.Get("X-Auth-Request-Email")
		if email == "" {
			http.Error(w, "Forbidden", http.StatusForbidden)
			return
		}
		next(w, r, email)
	}
}

// panel answers 403 to whoever is no administrator.
func (a admins) panel(w http.ResponseWriter, _ *http.Request, email string) {
	if !a[email] {
		http.Error(w, "Forbidden", http.StatusForbidden)
		return
	}
	fmt.Fprintln(w, "Admin Panel")
}

func home(w http.ResponseWriter, _ *http.Request, email string) {
	fmt.Fprintf(w, "Hello %s\n", email)
}

func main() {
	known := admins{}
	for _, email := range strings.Fields(os.Getenv("ADMINS")) {
		known[email] = true
	}
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/", user(home))
	mux.HandleFunc("/admin", user(known.panel))
	mux.HandleFunc("/health", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "ok")
	})
	log.Fatal(http.ListenAndServe(net.JoinHostPort("127.0.0.1", port), mux))
}
