export interface EdgeLocation {
  edgeId: string;
  name: string;
  latitude: number;
  longitude: number;
}

/** Locations that the embedded edges report: far apart, so that the choice between them is visible. */
const locations: readonly EdgeLocation[] = [
  { edgeId: 'frankfurt', name: 'Frankfurt', latitude: 50.11, longitude: 8.68 },
  { edgeId: 'virginia', name: 'Virginia', latitude: 39.04, longitude: -77.49 },
  { edgeId: 'singapore', name: 'Singapore', latitude: 1.35, longitude: 103.82 },
  { edgeId: 'sao-paulo', name: 'São Paulo', latitude: -23.55, longitude: -46.63 },
  { edgeId: 'sydney', name: 'Sydney', latitude: -33.87, longitude: 151.21 },
  { edgeId: 'mumbai', name: 'Mumbai', latitude: 19.08, longitude: 72.88 },
  { edgeId: 'oregon', name: 'Oregon', latitude: 45.84, longitude: -119.7 },
  { edgeId: 'tokyo', name: 'Tokyo', latitude: 35.68, longitude: 139.69 },
];

/** Returns `count` locations. Beyond the list, locations get a second, third, … edge. */
export function edgeLocations(count: number): EdgeLocation[] {
  return Array.from({ length: count }, (_, index) => {
    const location = locations[index % locations.length] as EdgeLocation;
    const round = Math.floor(index / locations.length) + 1;
    return round === 1 ? location : { ...location, edgeId: `${location.edgeId}-${round}` };
  });
}
