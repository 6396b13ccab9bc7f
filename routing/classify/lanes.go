package classify

import "encoding/binary"

// A table of lanes keeps the weights of 24 sums side by side, a byte for each, so that one pass over the rows of a text
// adds up all of them.
const (
	lanes     = 24
	laneWords = lanes / 8

	// evenBytes selects every other byte of a word, so that the bytes of several can be added up.
	evenBytes = 0x00FF00FF00FF00FF
)

// table is a table of lanes, its number of rows a power of two: each weight plus 128.
type table [][laneWords]uint64

// newTable packs weights, row-major.
func newTable(weights []int8) table {
	t := make(table, len(weights)/lanes)
	var b [8]byte
	for row := range t {
		for j := range t[row] {
			for i, w := range weights[row*lanes+8*j:][:8] {
				b[i] = byte(w) ^ 0x80
			}
			t[row][j] = binary.LittleEndian.Uint64(b[:])
		}
	}
	return t
}

// sum adds up rows. The bytes are summed in the 16-bit halves of words, which are emptied before they can overflow, at
// 256 rows.
func (t table) sum(rows []uint32) (sums [lanes]int) {
	mask := uint32(len(t) - 1)
	for start := 0; start < len(rows); start += 256 {
		var even, odd [laneWords]uint64
		chunk := rows[start:min(start+256, len(rows))]
		for _, row := range chunk {
			w := &t[row&mask]
			for j := range w {
				even[j] += w[j] & evenBytes
				odd[j] += w[j] >> 8 & evenBytes
			}
		}
		for j := range even {
			for i := 0; i < 8; i += 2 {
				sums[8*j+i] += int(even[j]>>(8*i)&0xFFFF) - 128*len(chunk)
				sums[8*j+i+1] += int(odd[j]>>(8*i)&0xFFFF) - 128*len(chunk)
			}
		}
	}
	return sums
}
